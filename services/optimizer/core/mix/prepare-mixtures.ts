import type { AssignmentIndex, AssignmentProblem } from '../assign/assignment-problem.js';
import { isCapped, type Candidate } from '../candidates/candidate.js';
import { valueOfMixture } from '../candidates/value.js';
import type { ServerPlan } from '../plan-server.js';
import type { MixedProblem, Mixture } from './mixture.js';

/** A problem with mixtures, and what the parts of each stand for. */
export interface PreparedMixtures {
  readonly mixed: MixedProblem;
  /** By mixture, by part. */
  readonly candidates: readonly (readonly Candidate[])[];
}

/**
 * Mixtures for those who may choose between accelerators that can serve them. Standby replicas are replicas of one accelerator, so who
 * has any is not mixed; nor is who is at its maximum on every accelerator, for no mixture carries more than the best of its parts.
 */
export function prepareMixtures(
  plans: readonly ServerPlan[],
  { problem, index }: { readonly problem: AssignmentProblem; readonly index: AssignmentIndex },
): PreparedMixtures {
  const planOf = new Map(plans.map((plan) => [plan.server.name, plan]));
  const typeIndex = new Map(index.types.map((type, position) => [type, position]));
  const candidates: Candidate[][] = [];
  const mixtures: Mixture[] = [];
  index.contenders.forEach(({ name, eligible, minNumReplicas }, server) => {
    const plan = planOf.get(name);
    const usable = eligible.filter(
      (item) =>
        item.numReplicas > 0 &&
        item.demand.standbyReplicas === 0 &&
        !isCapped(item) &&
        // With one max batch on each accelerator.
        eligible.find(({ placement }) => placement === item.placement) === item,
    );
    const [first] = usable;
    if (plan === undefined || first === undefined || usable.length < 2) return;
    const perCost = valueOfMixture(plan.current, 1) - valueOfMixture(plan.current, 0);
    candidates.push(usable);
    mixtures.push({
      server,
      offered: first.demand.offeredPerMs,
      fewest: Math.max(1, minNumReplicas),
      most: plan.server.maxNumReplicas ?? Infinity,
      baseValue: valueOfMixture(plan.current, 0),
      parts: usable.map(({ placement, replica, numReplicas }) => ({
        type: typeIndex.get(placement.type) as number,
        cards: placement.cardsPerReplica,
        value: perCost * placement.costPerReplica,
        rate: replica.ratePerMs ?? 0,
        enough: numReplicas,
      })),
    });
  });
  return { mixed: { problem, mixtures }, candidates };
}
