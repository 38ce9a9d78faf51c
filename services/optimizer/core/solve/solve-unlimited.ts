import { cardsOf, isCapped } from '../candidates/candidate.js';
import type { CardLedger } from './card-ledger.js';
import type { Contender, Grant, Solution } from './problem.js';

/** Least value for every server, as if cards had no end; the ledger only counts them. */
export function solveUnlimited(contenders: readonly Contender[], ledger: CardLedger): Solution {
  const grants = new Map<string, Grant>();
  for (const { name, eligible } of contenders) {
    const [best] = eligible;
    if (best === undefined) continue;
    ledger.take(best.placement.type, cardsOf(best, best.numReplicas));
    grants.set(name, { candidate: best, numReplicas: best.numReplicas, bestEffort: isCapped(best) });
  }
  return { grants, refusals: new Map(), proof: null };
}
