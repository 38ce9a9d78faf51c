import type { EngineSample } from './engine-sample.js';
import { freshSample, growthOver, restarted, type Growth } from './growth.js';
import type { PodHistory } from './sample-store.js';
import { lastGapEnd } from './server-gaps.js';

export interface WindowOptions {
  /** Longest time that figures are taken over, and shortest that says anything. */
  windowMs: number;
  minSpanMs: number;
  /** Silence of all pods of a server beyond this is a gap: nobody served, or nobody looked. */
  gapMs: number;
}

/** The time that the figures of a server are taken over, up to now. */
export interface MeasuredTime {
  fromMs: number;
  /** It begins where a gap ended: nothing from before counts. */
  isAfterGap: boolean;
}

/**
 * From when on the growth of all pods together is what came to the server. Pods that came or went within the window count with what they
 * did in it, over one common span: a mean of rates over spans of their own would count a load twice that moved from one to the other.
 * The span ends where a pod may have served before its first sample (what it did is not known), and at the last gap of the server.
 */
export function measuredTime(histories: readonly PodHistory[], nowMs: number, options: WindowOptions): MeasuredTime {
  const longestMs = nowMs - options.windowMs;
  const limits = histories
    .filter((history) => !beganSince(history, longestMs) && spanOf(history.samples) >= options.minSpanMs)
    .map(({ samples }) => samples[0]?.at ?? longestMs);
  const startMs = Math.max(longestMs, ...limits);
  const gapEndMs = lastGapEnd(histories, options.gapMs);
  return gapEndMs > startMs ? { fromMs: gapEndMs, isAfterGap: true } : { fromMs: startMs, isAfterGap: false };
}

/** Growth of a pod over the measured time, and the time that this took; undefined where the samples do not reach over `minSpanMs`. */
export function growthSince(
  history: PodHistory,
  time: MeasuredTime,
  { minSpanMs, gapMs }: Pick<WindowOptions, 'minSpanMs' | 'gapMs'>,
): { growth: Growth; spanMs: number } | undefined {
  const samples = samplesSince(history, time, gapMs);
  const spanMs = spanOf(samples);
  return spanMs < minSpanMs || spanMs <= 0 ? undefined : { growth: growthOver(samples), spanMs };
}

/** Since when requests have been served without all of them being lost, ms since the epoch; -Infinity where it is not known. */
export function servingSince(histories: readonly PodHistory[]): number {
  const starts = histories
    .filter(({ samples }) => samples.length > 0)
    .map((one) => startOf(one, one.samples.at(-1)) ?? -Infinity);
  return Math.min(Infinity, ...starts);
}

/** The samples between which the growth is counted; the first may stand for what the pod was like when the time began. */
function samplesSince(history: PodHistory, { fromMs, isAfterGap }: MeasuredTime, gapMs: number): readonly EngineSample[] {
  const { samples } = history;
  const index = samples.findLastIndex(({ at }) => at <= fromMs);
  const base = samples[index];
  const later = samples.slice(index + 1);
  const [first] = later;
  if (base === undefined || first === undefined) return base === undefined ? firstSamples(history, fromMs) : [base];
  if (base.at === fromMs) return [base, ...later];
  // The process is a new one: all that its counters say came since it began, and what the old one did before is over.
  if (restarted(base, first)) return [freshSample(fromMs), ...later];
  // Counters go on over a time in which the pod was not seen; over a gap of the whole server they would pass it for one of little load.
  return isAfterGap && first.at - base.at > gapMs ? later : [base, ...later];
}

function firstSamples(history: PodHistory, fromMs: number): readonly EngineSample[] {
  const { samples } = history;
  const [first] = samples;
  // Its whole life is within the time: all that its counters say came within it.
  if (startedSince(history, fromMs)) return [freshSample(fromMs), ...samples];
  // It has become ready since, and may have been ready once before: what its counters say at first is not counted.
  return first !== undefined && beganSince(history, fromMs) ? [{ ...first, at: fromMs }, ...samples] : samples;
}

/** Whether a pod that is first seen after a moment took no part in the load before that. */
function beganSince(history: PodHistory, momentMs: number): boolean {
  const { readyAt = -Infinity, samples } = history;
  return startedSince(history, momentMs) || (readyAt >= momentMs && readyAt <= (samples[0]?.at ?? Infinity));
}

function startedSince(history: PodHistory, momentMs: number): boolean {
  const startMs = startOf(history, history.samples[0]);
  return startMs !== undefined && startMs >= momentMs;
}

function startOf({ startedAt }: PodHistory, sample: EngineSample | undefined): number | undefined {
  return sample?.processStart === undefined ? startedAt : sample.processStart * 1000;
}

function spanOf(samples: readonly EngineSample[]): number {
  return (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0);
}
