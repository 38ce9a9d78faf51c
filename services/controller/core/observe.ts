import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import { batchWish, type Unheld } from './max-batch.js';
import { needWithRoom } from './need.js';
import { isSameAccelerator } from './review.js';
import type { Facts } from './facts.js';
import type { GuardConfig } from './guard-config.js';
import type { Observation } from './guard-memory.js';
import { cardsOf, type Placement, type ServerView } from './server-view.js';

/** What the solver alone would want; undefined: nothing, or it could not say. */
export function wantedOf(view: ServerView, free: OptimizeOneResponse | undefined): (Placement & { cost: number }) | undefined {
  const chosen = free?.allocations[view.name];
  if (chosen === undefined || free?.explanations[view.name]?.outcome === 'pinned') return undefined;
  // Of what is not pinned the optimizer knows the cost.
  const accelerator = isSameAccelerator(view, chosen) ? view.current.accelerator : chosen.accelerator;
  return { accelerator, numReplicas: chosen.numReplicas, maxBatch: chosen.maxBatch, cost: chosen.cost ?? 0 };
}

/** What is to be remembered of a cycle. Of a load that may not lower anything it is nothing, so that a window begins anew after it. */
export function observe(
  view: ServerView,
  unheld: Unheld | undefined,
  config: GuardConfig,
): Omit<Observation, 'batchChangedAtMs'> {
  if (unheld === undefined || !view.load.known || view.short !== undefined) {
    return { need: undefined, grant: undefined, wish: undefined, batch: undefined };
  }
  const { free, kept } = unheld;
  const granted = kept.allocations[view.name];
  const wanted = wantedOf(view, free);
  const stays = wanted?.accelerator === view.current.accelerator && wanted.numReplicas > 0;
  return {
    need: needWithRoom(view, kept, config),
    grant: granted !== undefined && isSameAccelerator(view, granted) ? granted.numReplicas : undefined,
    wish: wanted?.accelerator ?? '',
    batch: stays ? (batchWish(view, unheld, config)?.maxBatch ?? view.current.maxBatch) : undefined,
  };
}

/** By accelerator type: the highest priority (the least number) of the servers that an answer gives more cards than they have. */
export function growingTypes(
  views: readonly ServerView[],
  answer: OptimizeOneResponse,
  facts: Facts,
): ReadonlyMap<string, number> {
  const highest = new Map<string, number>();
  for (const view of views) {
    const chosen = answer.allocations[view.name];
    if (chosen === undefined) continue;
    for (const [type, cards] of cardsOf(facts, view.spec.model, { [chosen.accelerator]: chosen.numReplicas })) {
      if (cards <= (view.currentCards.get(type) ?? 0)) continue;
      highest.set(type, Math.min(highest.get(type) ?? Infinity, view.priority ?? Infinity));
    }
  }
  return highest;
}
