import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { Allocation } from '#shared/contracts/system-data.js';
import type { GuardConfig } from './guard-config.js';
import type { ServerMemory } from './guard-memory.js';
import type { Hold, Holds } from './holds.js';
import { isSameAccelerator } from './review.js';
import type { Placement, ServerView } from './server-view.js';
import type { Goal } from './waiting.js';
import { heldBefore, type Window } from './window.js';

/** Where every server is to go by an answer. Whatever the answer says, no hold and no bound is broken. */
export function goalsOf(
  views: readonly ServerView[],
  holds: Holds,
  answer: OptimizeOneResponse | undefined,
  batchRule: BatchRule,
): Goal[] {
  return views.map((view) => {
    const hold = holds.get(view.name);
    const chosen = answer?.allocations[view.name];
    if (hold?.kind === 'out' || chosen === undefined) return { view, target: heldPlace(view, hold) };
    const moves = !isSameAccelerator(view, chosen);
    if (hold !== undefined && breaks(hold, chosen, moves)) return { view, target: heldPlace(view, hold) };
    const accelerator = moves ? chosen.accelerator : view.current.accelerator;
    const maxBatch = batchRule(view, chosen, moves, hold);
    // A pin stands as it is: on an unknown load not even a maximum lowers a count.
    const bounded = Math.min(view.maxReplicas, Math.max(view.minReplicas, chosen.numReplicas));
    const numReplicas = hold?.kind === 'pin' ? hold.numReplicas : bounded;
    return { view, target: { accelerator, numReplicas, maxBatch } };
  });
}

function breaks(hold: Hold, chosen: Allocation, moves: boolean): boolean {
  if (moves) return true;
  if (hold.kind === 'pin') return chosen.numReplicas !== hold.numReplicas;
  return hold.kind === 'floor' && chosen.numReplicas < hold.numReplicas;
}

function heldPlace({ current }: ServerView, hold: Hold | undefined): Placement {
  const isBound = hold?.kind === 'pin' || hold?.kind === 'floor';
  return { ...current, numReplicas: isBound ? hold.numReplicas : current.numReplicas };
}

/** The max batch of a goal. */
export type BatchRule = (view: ServerView, chosen: Allocation, moves: boolean, hold: Hold | undefined) => number;

/**
 * A change of max batch replaces every pod, and the best one drifts with the length of the requests. So it comes along when pods are
 * replaced anyway; alone it must be off by more than the hysteresis for a whole window, with count and accelerator settled, and once
 * per cooldown at most. A max batch that is not known is left alone.
 */
export function createBatchRule(
  config: GuardConfig,
  nowMs: number,
  memoryOf: (view: ServerView) => ServerMemory,
  window: Window,
): BatchRule {
  return (view, chosen, moves, hold) => {
    const { current, status, short } = view;
    if (moves || current.numReplicas === 0) return chosen.maxBatch;
    const isFree = hold === undefined && short === undefined && status?.rolloutInProgress !== true;
    const settled = isFree && chosen.numReplicas === current.numReplicas;
    if (!settled || current.maxBatch === 0 || chosen.maxBatch === 0) return current.maxBatch;
    const memory = memoryOf(view);
    const changedAtMs = Math.max(status?.acceleratorChangedAt ?? -Infinity, memory.batchChangedAtMs ?? -Infinity);
    if (nowMs - changedAtMs < config.cooldownMs) return current.maxBatch;
    const isUp = chosen.maxBatch > current.maxBatch;
    const isFarOff = (batch: number): boolean => {
      const factor = isUp ? batch / current.maxBatch : current.maxBatch / Math.max(1, batch);
      return factor > 1 + config.batchHysteresis;
    };
    return isFarOff(chosen.maxBatch) && heldBefore(memory.batches, window, isFarOff) ? chosen.maxBatch : current.maxBatch;
  };
}
