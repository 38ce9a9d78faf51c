import type { GrantedAllocation, OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { Hold, Holds } from './holds.js';
import { keepsBatch } from './max-batch.js';
import { isSameAccelerator } from './review.js';
import type { Placement, ServerView } from './server-view.js';
import type { Goal } from './waiting.js';

/**
 * Where every server is to go by an answer. Whatever the answer says, no hold and no bound is broken, and the max batch is the one that
 * it was sized for: what runs, where that was kept.
 * @param freed servers whose max batch the answer was free to choose
 */
export function goalsOf(
  views: readonly ServerView[],
  holds: Holds,
  answer: OptimizeOneResponse | undefined,
  freed: ReadonlySet<string>,
): Goal[] {
  return views.map((view) => {
    const hold = holds.get(view.name);
    const chosen = answer?.allocations[view.name];
    if (hold?.kind === 'out' || chosen === undefined) return { view, target: heldPlace(view, hold) };
    const moves = !isSameAccelerator(view, chosen);
    if (hold !== undefined && breaks(hold, chosen, moves)) return { view, target: heldPlace(view, hold) };
    const accelerator = moves ? chosen.accelerator : view.current.accelerator;
    // One that is not known is left alone.
    const replaces = moves || view.current.numReplicas === 0 || (keepsBatch(view) && freed.has(view.name) && chosen.maxBatch > 0);
    const maxBatch = replaces ? chosen.maxBatch : view.current.maxBatch;
    // A pin stands as it is: on an unknown load not even a maximum lowers a count.
    const bounded = Math.min(view.maxReplicas, Math.max(view.minReplicas, chosen.numReplicas));
    const numReplicas = hold?.kind === 'pin' ? hold.numReplicas : bounded;
    return { view, target: { accelerator, numReplicas, maxBatch } };
  });
}

function breaks(hold: Hold, chosen: GrantedAllocation, moves: boolean): boolean {
  if (moves) return true;
  if (hold.kind === 'pin') return chosen.numReplicas !== hold.numReplicas;
  return hold.kind === 'floor' && chosen.numReplicas < hold.numReplicas;
}

function heldPlace({ current }: ServerView, hold: Hold | undefined): Placement {
  const isBound = hold?.kind === 'pin' || hold?.kind === 'floor';
  return { ...current, numReplicas: isBound ? hold.numReplicas : current.numReplicas };
}
