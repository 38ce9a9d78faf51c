import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import { costOf } from '../candidates/candidate.js';
import { byName } from '../order.js';
import type { Contender, Solution } from '../solve/problem.js';
import { isInFull } from './served.js';

export interface Summary {
  readonly solver: Pick<OptimizeOneResponse['solver'], 'objective' | 'bound' | 'gap'>;
  readonly counts: OptimizeOneResponse['counts'];
  readonly prices: Record<string, number> | null;
}

/** Keeps the gap of what costs nothing finite, cents/hr. */
const LEAST_COST = 1e-9;

/**
 * The objective (`assign/objective.ts`) and what is proven of it: over the servers that got a choice in full. Pins and holds are not
 * ours to weigh, and best effort is outside of it.
 */
export function summarise(contenders: readonly Contender[], { grants, mixes, proof }: Solution): Summary {
  const served = new Map<number, number>();
  const servers = new Map<number, number>();
  let objective = 0;
  let cost = 0;
  // In the order of names: a sum of doubles depends on its order.
  for (const contender of [...contenders].sort(byName)) {
    const { priority } = contender;
    servers.set(priority, (servers.get(priority) ?? 0) + 1);
    const mix = mixes?.get(contender.name);
    if (mix !== undefined) {
      served.set(priority, (served.get(priority) ?? 0) + 1);
      objective += mix.value;
      for (const { candidate, numReplicas } of mix.parts) cost += costOf(candidate, numReplicas);
    }
    const grant = grants.get(contender.name);
    if (grant === undefined || !isInFull(grant, contender)) continue;
    const { candidate, numReplicas } = grant;
    served.set(priority, (served.get(priority) ?? 0) + 1);
    objective += candidate.value;
    cost += costOf(candidate, numReplicas);
  }
  const counts = [...servers]
    .sort(([a], [b]) => a - b)
    .map(([priority, count]) => {
      const bound = proof?.mostServed.get(priority) ?? null;
      return { priority, servers: count, served: served.get(priority) ?? 0, bound };
    });
  if (proof === null) return { solver: { objective, bound: null, gap: null }, counts, prices: null };
  const bound = Math.min(objective, proof.leastValue);
  const prices = proof.cardPrices === null ? null : Object.fromEntries(proof.cardPrices);
  return { solver: { objective, bound, gap: (objective - bound) / Math.max(cost, LEAST_COST) }, counts, prices };
}
