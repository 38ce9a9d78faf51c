import type { ExplainedCandidate, OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import { counted } from './figure.js';
import type { GuardConfig } from './guard-config.js';
import type { ServerMemory } from './guard-memory.js';
import type { Hold } from './holds.js';
import { needOf } from './need.js';
import { isSameAccelerator } from './review.js';
import type { ServerView } from './server-view.js';
import { heldBefore, windowText, type Window } from './window.js';

/** A max batch that would do better than the one that runs, on the same accelerator. */
export interface BatchWish {
  /** Undefined: not known before it is solved for. */
  readonly maxBatch?: number;
  /** In words. */
  readonly why: string;
}

export interface WaitingBatch extends BatchWish {
  /** For what, in words. */
  readonly waits: string;
}

/** What the two solves say that know of no hold that can be lifted: with the best max batch, and with those that run. */
export interface Unheld {
  readonly free: OptimizeOneResponse;
  readonly kept: OptimizeOneResponse;
}

/** A change of max batch is a roll-out: it must save this part of both costs, as in the optimizer's value. */
const BATCH_CHANGE_PENALTY = 0.05;

/** Whether there are pods whose max batch another one would replace; then replicas are sized for it, until a change is due. */
export function keepsBatch({ current }: ServerView): boolean {
  return current.numReplicas > 0 && current.maxBatch > 0;
}

/** Whether keeping what runs changes nothing: it is what the solver chose freely. */
export function choosesWhatRuns(view: ServerView, { allocations }: OptimizeOneResponse): boolean {
  const chosen = allocations[view.name];
  if (!keepsBatch(view)) return true;
  return chosen?.accelerator === view.current.accelerator && chosen.maxBatch === view.current.maxBatch;
}

/**
 * The max batch that the solver would rather have where the server is; undefined: none, or not by enough. The best one drifts with the
 * length of the requests, so it must be far off, or save replicas worth a roll-out, or else the server would go elsewhere.
 */
export function batchWish(view: ServerView, { free, kept }: Unheld, config: GuardConfig): BatchWish | undefined {
  const { current } = view;
  const maxBatch = otherBatch(view, free);
  if (maxBatch === undefined) return undefined;
  const needed = free.allocations[view.name]?.numReplicas ?? 0;
  const keptNeed = needOf(view, kept) ?? needed;
  const saves =
    free.explanations[view.name]?.outcome === 'allocated' && keptNeed - needed > BATCH_CHANGE_PENALTY * (keptNeed + needed);
  if (saves) return { maxBatch, why: `${counted(needed, 'replica')} would do instead of ${keptNeed}` };
  const elsewhere = kept.allocations[view.name];
  if (elsewhere !== undefined && !isSameAccelerator(view, elsewhere)) {
    return { maxBatch, why: `cheaper than to move to ${elsewhere.accelerator}` };
  }
  return isFarOff(current.maxBatch, maxBatch, config) ? { maxBatch, why: `${current.maxBatch} is far off` } : undefined;
}

interface WaitContext {
  readonly config: GuardConfig;
  readonly nowMs: number;
  readonly memory: ServerMemory;
  readonly window: Window;
  /** Before anything was solved. */
  readonly hold: Hold | undefined;
}

/**
 * Why a wish that would only save money or leave room is not for now, in words; undefined: it is due. It must have lasted for a
 * window, comes once per cooldown at most, and after growth, which would have to wait for the roll-out.
 */
export function whyBatchWaits(view: ServerView, wish: BatchWish, { kept }: Unheld, context: WaitContext): string | undefined {
  const { config, memory, window, hold } = context;
  const { current } = view;
  if (hold !== undefined) return hold.reason;
  const unfit = whyUnfit(view);
  if (unfit !== undefined) return unfit;
  if ((candidateOf(view, kept)?.numReplicas ?? 0) > current.numReplicas) return 'more replicas come first';
  if (isCoolingDown(view, context)) return `max batch or accelerator change once in ${config.cooldownMs / 1000} s at most`;
  const isUp = (wish.maxBatch ?? 0) > current.maxBatch;
  const isLikeWish = (batch: number): boolean => batch !== current.maxBatch && batch > current.maxBatch === isUp;
  if (heldBefore(memory.batches, window, isLikeWish)) return undefined;
  return `until it has been the better one for ${windowText(config, window)}`;
}

/**
 * A max batch without which the targets are missed: freely the solver serves the server in full, and by this answer, for which the
 * running one is kept, it does not, or only if it left an accelerator where the better one would do. That is acted upon at once,
 * cooldown or not; but a roll-out that is under way comes first. Undefined: none.
 * @param hold before anything was solved
 */
export function pressingBatch(
  view: ServerView,
  free: OptimizeOneResponse,
  answer: OptimizeOneResponse,
  hold: Hold | undefined,
): BatchWish | undefined {
  const { current, name } = view;
  const isHeld = hold !== undefined && hold.kind !== 'keep-accelerator';
  if (isHeld || !keepsBatch(view) || whyUnfit(view) !== undefined) return undefined;
  const better = candidateOf(view, free);
  if (free.explanations[name]?.outcome !== 'allocated' || better?.feasible !== true) return undefined;

  const outcome = answer.explanations[name]?.outcome;
  const candidate = candidateOf(view, answer);
  const isShort = candidate?.feasible !== true || candidate.rejection?.code === 'capacity';
  const isServed = outcome === 'allocated' && !(better.chosen && isShort);
  if (outcome === 'pinned' || isServed) return undefined;
  const helps = (better.numReplicas ?? 0) < (needOf(view, answer) ?? Infinity);
  const maxBatch = otherBatch(view, free);
  if (!helps || (better.chosen && maxBatch === undefined)) return undefined;
  return { ...(maxBatch === undefined ? {} : { maxBatch }), why: `with ${current.maxBatch} its targets would be missed` };
}

/** On its accelerator, and not the one that runs there; undefined: the solver wants none. */
function otherBatch(view: ServerView, free: OptimizeOneResponse): number | undefined {
  const chosen = free.allocations[view.name];
  if (!keepsBatch(view) || chosen?.accelerator !== view.current.accelerator) return undefined;
  return chosen.numReplicas > 0 && chosen.maxBatch > 0 && chosen.maxBatch !== view.current.maxBatch ? chosen.maxBatch : undefined;
}

function candidateOf({ name, current }: ServerView, { explanations }: OptimizeOneResponse): ExplainedCandidate | undefined {
  return explanations[name]?.candidates.find((item) => item.accelerator === current.accelerator);
}

function isFarOff(running: number, wanted: number, { batchHysteresis }: GuardConfig): boolean {
  return Math.max(running, wanted) / Math.max(1, Math.min(running, wanted)) > 1 + batchHysteresis;
}

function whyUnfit({ short, status, stuck }: ServerView): string | undefined {
  return stuck ?? short ?? (status?.rolloutInProgress === true ? 'a roll-out of its pods is under way' : undefined);
}

function isCoolingDown({ status }: ServerView, { config, nowMs, memory }: WaitContext): boolean {
  const changedAtMs = Math.max(status?.acceleratorChangedAt ?? -Infinity, memory.batchChangedAtMs ?? -Infinity);
  return nowMs - changedAtMs < config.cooldownMs;
}
