import type { EngineSample } from './engine-sample.js';
import { freshSample, growthOver, type Growth } from './growth.js';
import type { PodHistory } from './sample-store.js';

export interface WindowOptions {
  /** Longest time that figures are taken over, and shortest that says anything. */
  windowMs: number;
  minSpanMs: number;
  /** Silence of all pods of a server beyond this is a gap: nobody served, or nobody looked. */
  gapMs: number;
}

/**
 * From when on the growth of all pods together is what came to the server. Pods that came or went within the window count with what they
 * did in it, over one common span: a mean of rates over spans of their own would count a load twice that moved from one to the other.
 * The span ends where a pod is older than its first sample (what it did before is not known), and at the last gap in which no pod of
 * the server was seen serving: requests offered in it are in no counter.
 */
export function windowStart(histories: readonly PodHistory[], nowMs: number, options: WindowOptions): number {
  const longestMs = nowMs - options.windowMs;
  const limits = histories
    .filter((history) => !isYoungerThan(history, longestMs) && spanOf(history.samples) >= options.minSpanMs)
    .map(({ samples }) => samples[0]?.at ?? longestMs);
  const startMs = Math.max(longestMs, ...limits);
  return afterLastGap(histories, startMs, options.gapMs);
}

/** Growth of a pod since a moment, and the time that this took; undefined where the samples do not reach over `minSpanMs`. */
export function growthSince(
  history: PodHistory,
  sinceMs: number,
  minSpanMs: number,
): { growth: Growth; spanMs: number } | undefined {
  const before = history.samples.findLastIndex(({ at }) => at <= sinceMs);
  const used = history.samples.slice(Math.max(0, before));
  // Its whole life is within the window: all that its counters say came within it.
  const samples = before < 0 && isYoungerThan(history, sinceMs) ? [freshSample(sinceMs), ...used] : used;
  const spanMs = spanOf(samples);
  return spanMs < minSpanMs || spanMs <= 0 ? undefined : { growth: growthOver(samples), spanMs };
}

function isYoungerThan({ samples, startedAt }: PodHistory, momentMs: number): boolean {
  const processStart = samples[0]?.processStart;
  const startMs = processStart === undefined ? startedAt : processStart * 1000;
  return startMs !== undefined && startMs >= momentMs;
}

function spanOf(samples: readonly EngineSample[]): number {
  return (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0);
}

/** A gap that began before the window counts from its begin: what is left of it within would else pass for a time of little load. */
function afterLastGap(histories: readonly PodHistory[], startMs: number, gapMs: number): number {
  const seenAt = histories.flatMap(({ samples }) => samples.map(({ at }) => at)).sort((left, right) => left - right);
  let fromMs = startMs;
  let reachedMs = seenAt.findLast((at) => at <= startMs) ?? -Infinity;
  for (const at of seenAt) {
    if (at <= startMs) continue;
    if (at - reachedMs > gapMs) fromMs = at;
    reachedMs = at;
  }
  return fromMs;
}
