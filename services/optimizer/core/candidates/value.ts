import type { CurrentState } from './current-state.js';

/** A change of accelerator is a rollout with both sides running for a while: it must pay for this part of both costs. */
const ACCELERATOR_CHANGE_PENALTY = 0.1;

/** One of max batch is a rollout too, of pods that need the same cards: both sides run for as long as the new ones take to start. */
const BATCH_CHANGE_PENALTY = 0.05;

/**
 * Value of a candidate against what runs now, cents/hr; less is better: 0 for no change, the difference in cost on the same
 * accelerator, and on another one the penalty besides. Worked: 3 × A100 at 120 → 5 × G2 at 115: 0.1·235 − 5 = 18.5, so it stays.
 * With another max batch on the same accelerator: 12 → 11 × A100 at 40: 0.05·920 − 40 = 6, so it stays; 12 → 10: 0.05·880 − 80 = −36.
 */
export function valueOf(
  current: CurrentState,
  accelerator: string,
  numReplicas: number,
  cost: number,
  changesBatch: boolean,
): number {
  const difference = cost - current.cost;
  if (accelerator !== current.accelerator) return ACCELERATOR_CHANGE_PENALTY * (current.cost + cost) + difference;
  const penalty = changesBatch ? BATCH_CHANGE_PENALTY * (current.cost + cost) : 0;
  return penalty + (numReplicas === current.numReplicas ? 0 : difference);
}

/**
 * Value of a mixture of accelerators. What runs is on one, so any mixture is a change of accelerators: it has the penalty, whichever
 * accelerators they are. Linear in its cost.
 */
export function valueOfMixture(current: CurrentState, cost: number): number {
  return ACCELERATOR_CHANGE_PENALTY * (current.cost + cost) + cost - current.cost;
}
