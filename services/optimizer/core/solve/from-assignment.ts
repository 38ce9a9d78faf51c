import type { OptimizerSpec } from '#shared/contracts/system-data.js';
import type { Assignment } from '../assign/assignment.js';
import { NO_CHOICE, type AssignmentIndex, type AssignmentProblem } from '../assign/assignment-problem.js';
import { cardsOf as cardsOfReplicas, isCapped, type Candidate } from '../candidates/candidate.js';
import { grantBestEffort } from './best-effort.js';
import type { CardLedger } from './card-ledger.js';
import type { Contender, Grant, MixGrant, Proof, Refusal, Solution } from './problem.js';

/**
 * Carries out an assignment: takes its cards off the ledger, and then gives what is left to those without a choice, by the policy.
 * A choice that is better than the one given is a refusal: it asks for more than was left over at the end of the assignment, with what
 * the server would free by leaving its own choice.
 *
 * @param mixes of servers that the assignment gives no choice
 */
export function toSolution(
  { problem, index }: { readonly problem: AssignmentProblem; readonly index: AssignmentIndex },
  { choice, certificate }: Assignment,
  ledger: CardLedger,
  saturationPolicy: OptimizerSpec['saturationPolicy'],
  mixes?: ReadonlyMap<string, MixGrant>,
): Solution {
  const { firstChoice, cardsOf } = problem;
  const { contenders, candidates } = index;
  const grants = new Map<string, Grant>();
  const unserved: Contender[] = [];
  contenders.forEach((contender, server) => {
    const chosen = choice[server] as number;
    const mix = mixes?.get(contender.name);
    if (mix !== undefined) {
      for (const { candidate, numReplicas } of mix.parts)
        ledger.take(candidate.placement.type, cardsOfReplicas(candidate, numReplicas));
      return;
    }
    if (chosen === NO_CHOICE) {
      unserved.push(contender);
      return;
    }
    const candidate = candidates[chosen] as Candidate;
    ledger.take(candidate.placement.type, cardsOf[chosen] as number);
    grants.set(contender.name, { candidate, numReplicas: candidate.numReplicas, bestEffort: isCapped(candidate) });
  });

  const refusals = new Map<string, ReadonlyMap<string, Refusal>>();
  contenders.forEach(({ name }, server) => {
    const chosen = choice[server] as number;
    const end = chosen === NO_CHOICE ? (firstChoice[server + 1] as number) : chosen;
    const refused = new Map<string, Refusal>();
    for (let better = firstChoice[server] as number; better < end; better++) {
      const { accelerator, type } = (candidates[better] as Candidate).placement;
      const own = cardsHeld(grants.get(name) ?? mixes?.get(name), type);
      const refusal = { asked: cardsOf[better] as number, left: ledger.left(type) + own };
      // A mixture may be better than a choice that there is room for.
      if (mixes?.has(name) !== true || refusal.asked > refusal.left) refused.set(accelerator, refusal);
    }
    if (refused.size > 0) refusals.set(name, refused);
  });

  grantBestEffort(unserved, ledger, saturationPolicy, grants);
  return { grants, ...(mixes === undefined ? {} : { mixes }), refusals, proof: proofOf(certificate, index) };
}

/** Cards of a type that a server would free. */
function cardsHeld(given: Grant | MixGrant | undefined, type: string): number {
  if (given === undefined) return 0;
  const parts = 'parts' in given ? given.parts : [given];
  return parts
    .filter(({ candidate }) => candidate.placement.type === type)
    .reduce((sum, { candidate, numReplicas }) => sum + cardsOfReplicas(candidate, numReplicas), 0);
}

function proofOf(
  { mostServed, leastValue, cardPrices }: Assignment['certificate'],
  { priorities, types }: AssignmentIndex,
): Proof {
  return {
    mostServed: new Map(priorities.map((priority, level) => [priority, mostServed[level] as number])),
    leastValue,
    cardPrices: cardPrices === null ? null : new Map(types.map((type, index) => [type, cardPrices[index] as number])),
  };
}
