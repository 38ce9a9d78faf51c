import { isChoice } from '../assign/assignment-problem.js';
import type { Contender, Grant, Solution } from '../solve/problem.js';

/** A grant of one of a server's choices, with all of its replicas. */
export function isInFull({ candidate, numReplicas }: Grant, contender: Contender): boolean {
  return numReplicas >= candidate.numReplicas && isChoice(candidate, contender);
}

/** What the objective counts (`assign/objective.ts`). */
export function isServedInFull(contender: Contender, { grants, mixes }: Solution): boolean {
  const grant = grants.get(contender.name);
  return mixes?.has(contender.name) === true || (grant !== undefined && isInFull(grant, contender));
}
