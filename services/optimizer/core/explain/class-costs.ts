import type { ClassCost } from '#shared/contracts/fleet-summary.js';
import type { Outcome } from '#shared/contracts/optimizer.js';
import { costOf } from '../candidates/candidate.js';
import { compareText } from '../order.js';
import type { ServerPlan } from '../plan-server.js';
import type { Grant, Solution } from '../solve/problem.js';
import { figure } from './figure.js';

interface Sums {
  readonly class: string;
  readonly priority: number;
  servers: number;
  served: number;
  pinned: number;
  replicas: number;
  cost: number;
  kept: number;
}

/** Where the cost goes. @param plans in the order of names: a sum of doubles depends on its order */
export function classCosts(plans: readonly ServerPlan[], outcomes: readonly Outcome[], solution: Solution): ClassCost[] {
  const byClass = new Map<string, Sums>();
  plans.forEach((plan, index) => {
    const { server, priority } = plan;
    const sums = byClass.get(server.class) ?? { class: server.class, priority, ...NOTHING };
    byClass.set(server.class, sums);
    const outcome = outcomes[index];
    const grants = grantsOf(plan, solution);
    sums.servers += 1;
    if (outcome === 'allocated' || outcome === 'zero-load') sums.served += 1;
    if (outcome === 'pinned') sums.pinned += 1;
    for (const { candidate, numReplicas } of grants) {
      sums.replicas = Math.min(Number.MAX_SAFE_INTEGER, sums.replicas + numReplicas);
      sums.cost = Math.min(Number.MAX_VALUE, sums.cost + costOf(candidate, numReplicas));
    }
    // No number: none of what costs more than a number can hold.
    if (grants.length === 0) sums.kept = Math.min(Number.MAX_VALUE, sums.kept + (plan.current.cost || 0));
  });
  const all = [...byClass.values()].sort((a, b) => a.priority - b.priority || compareText(a.class, b.class));
  const total = all.reduce((sum, { cost, kept }) => Math.min(Number.MAX_VALUE, sum + cost + kept), 0);
  return all.map((sums) => {
    const share = total > 0 ? Math.min(1, sums.cost / total + sums.kept / total) : 0;
    return { ...sums, share, text: textOf(sums, share) };
  });
}

const NOTHING = { servers: 0, served: 0, pinned: 0, replicas: 0, cost: 0, kept: 0 };

function grantsOf({ server, standing }: ServerPlan, { grants, mixes }: Solution): readonly Grant[] {
  if (standing.kind === 'pinned') {
    return [{ candidate: standing.candidate, numReplicas: standing.candidate.numReplicas, bestEffort: false }];
  }
  const grant = grants.get(server.name);
  return mixes?.get(server.name)?.parts ?? (grant === undefined ? [] : [grant]);
}

function textOf({ servers, served, pinned, replicas, cost, kept }: Sums, share: number): string {
  const pins = pinned === 0 ? '' : `, ${pinned} pinned`;
  const merelyKept = kept === 0 ? '' : ` and ${figure(kept)} for what is merely kept`;
  const what = `${replicas} ${replicas === 1 ? 'replica' : 'replicas'} at ${figure(cost)} cents/hr${merelyKept}`;
  return `${served} of ${servers} served in full${pins}: ${what}, ${figure(100 * share)} %`;
}
