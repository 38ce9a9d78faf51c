import type { Assignment, Certificate } from '../assign/assignment.js';
import { NO_CHOICE, type AssignmentProblem } from '../assign/assignment-problem.js';
import { cardsLeft, type Objective } from '../assign/objective.js';

/**
 * How a server may be served by several accelerators at once: any whole numbers of replicas whose rates together carry what is
 * offered. For plans only, as one Deployment has one template.
 */
export interface Mixture {
  readonly server: number;
  /** Requests/ms. */
  readonly offered: number;
  /** Replicas over all parts. */
  readonly fewest: number;
  readonly most: number;
  /** Cents/hr of the mixture as such, whatever its replicas; see `valueOfMixture`. */
  readonly baseValue: number;
  readonly parts: readonly MixturePart[];
}

/** One replica on one accelerator. */
export interface MixturePart {
  readonly type: number;
  readonly cards: number;
  readonly value: number;
  /** Requests/ms within the targets; 0 where nothing is offered. */
  readonly rate: number;
  /** More replicas than these are never of use. */
  readonly enough: number;
}

export interface MixedProblem {
  readonly problem: AssignmentProblem;
  readonly mixtures: readonly Mixture[];
}

/** An assignment in which some servers have, instead of a choice, replicas of each part of their mixture. */
export interface MixedAssignment {
  readonly choice: Int32Array;
  /** By mixture; null: not used. */
  readonly replicas: readonly (readonly number[] | null)[];
  readonly certificate: Certificate;
}

export function withoutMixtures({ choice, certificate }: Assignment, { mixtures }: MixedProblem): MixedAssignment {
  return { choice, replicas: mixtures.map(() => null), certificate };
}

export function valueOfReplicas({ baseValue, parts }: Mixture, replicas: readonly number[]): number {
  return parts.reduce((sum, { value }, part) => sum + value * (replicas[part] as number), baseValue);
}

/** Rates are the result of a search: a billionth less than what is offered is as much. */
const AS_MUCH = 1 - 2e-9;

/** Enough of them, and no more than may be. */
export function carries({ offered, fewest, most, parts }: Mixture, replicas: readonly number[]): boolean {
  const total = replicas.reduce((sum, count) => sum + count, 0);
  const rate = parts.reduce((sum, part, index) => sum + part.rate * (replicas[index] as number), 0);
  const isWhole = replicas.every((count) => Number.isInteger(count) && count >= 0);
  return isWhole && total >= fewest && total <= most && rate >= offered * AS_MUCH;
}

/** The objective of `assign/objective.ts` with mixtures; null where an assignment is none: short of cards or of replicas. */
export function mixedObjective(
  { problem, mixtures }: MixedProblem,
  { choice, replicas }: Omit<MixedAssignment, 'certificate'>,
): Objective | null {
  const { levelOf, serversAtLevel, valueOf, firstChoice } = problem;
  const left = cardsLeft(problem, choice);
  const served = Array.from(serversAtLevel, () => 0);
  let value = 0;
  const serve = (server: number, by: number): void => {
    const level = levelOf[server] as number;
    served[level] = (served[level] as number) + 1;
    value += by;
  };
  for (const [server, chosen] of choice.entries()) {
    if (chosen === NO_CHOICE) continue;
    if (chosen < (firstChoice[server] as number) || chosen >= (firstChoice[server + 1] as number)) return null;
    serve(server, valueOf[chosen] as number);
  }
  for (const [index, mixture] of mixtures.entries()) {
    const counts = replicas[index] ?? null;
    if (counts === null) continue;
    if (choice[mixture.server] !== NO_CHOICE || !carries(mixture, counts)) return null;
    serve(mixture.server, valueOfReplicas(mixture, counts));
    mixture.parts.forEach(({ type, cards }, part) => (left[type] = (left[type] as number) - cards * (counts[part] as number)));
  }
  return left.every((cards) => cards >= 0) ? { served, value } : null;
}
