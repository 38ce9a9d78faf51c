import { figure } from './figure.js';
import type { GuardConfig } from './guard-config.js';

/** What must agree before something that waits is done. */
export interface Window {
  /** Cycles, this one included. */
  readonly length: number;
  /** This cycle is one of those that count. */
  readonly counts: boolean;
  readonly nowMs: number;
  /** Time from the first of them to this one, ms. */
  readonly spanMs: number;
}

/** A tick may come late, and the next one on time; what is to last for a time has lasted with this part of it. */
export const LEAST_PART_OF_TIME = 0.9;
/** Of a window, however often cycles are asked for. */
const MOST_STEPS = 50;

export interface WindowInput {
  readonly nowMs: number;
  /** A cron schedule has called this cycle. */
  readonly isScheduled: boolean;
  /** Time that the readings are means of, ms. */
  readonly measuringMs: number;
}

/**
 * Two cycles close to each other see nearly the same reading, so they count as one: the one that does not count must agree with all
 * of a whole window before it. Worked, period 60 s, window 2: cycles at 0 s, 57 s (on demand) and 60 s are two.
 *
 * Likewise two readings less than their measuring window apart share requests, and are no two observations. So a window of more than
 * one cycle lasts for the measuring window at least. Worked, period 5 s, window 2, readings over 30 s: those of 0 s to 27 s must agree.
 */
export function windowOf({ countedAtMs }: { readonly countedAtMs?: number }, config: GuardConfig, input: WindowInput): Window {
  const { stabilizationCycles, windowStepMs } = config;
  const { nowMs, isScheduled, measuringMs } = input;
  const spanMs = stabilizationCycles === 1 ? 0 : LEAST_PART_OF_TIME * measuringMs;
  // A clock that was set back must not stop the count.
  const elapsedMs = countedAtMs === undefined ? Number.MAX_VALUE : Math.abs(nowMs - countedAtMs);
  const counts = isScheduled || elapsedMs >= Math.max(windowStepMs, spanMs / MOST_STEPS);
  const length = counts || stabilizationCycles === 1 ? stabilizationCycles : stabilizationCycles + 1;
  return { length, counts, nowMs, spanMs };
}

/** How long a window is, in words. */
export function windowText({ stabilizationCycles }: GuardConfig, { spanMs }: Window): string {
  const cycles = `${stabilizationCycles} cycles`;
  return spanMs === 0 ? cycles : `${cycles} and ${figure(Math.ceil(spanMs / 1000))} s`;
}

/** What was seen in a cycle. */
interface Seen<T> {
  readonly atMs: number;
  readonly value: T;
}

/** What was seen cycle by cycle without a gap, the latest first. */
export type Series<T> = readonly Seen<T>[];

/** As much of it as a later cycle may have to look back on. */
export function reaching<T>(series: Series<T>, { length, nowMs, spanMs }: Window): Series<T> {
  const first = series.findIndex(({ atMs }) => atMs <= nowMs - spanMs);
  return first < 0 ? series : series.slice(0, Math.max(length, first + 1));
}

/** Whether `matches` held in each of the earlier cycles that the window covers. */
export function heldBefore<T>(earlier: Series<T>, window: Window, matches: (item: T) => boolean): boolean {
  return covered(earlier, window)?.every(matches) ?? false;
}

/**
 * Replicas below which the server must not go yet: the highest of the window, never more than it has. Worked, window 2: has 10,
 * needed 8 before and 3 now: 8. With a gap in the window (a restart, an unknown load): what it has.
 */
export function highestOfWindow(now: number | undefined, earlier: Series<number>, has: number, window: Window): number {
  const before = covered(earlier, window);
  return now === undefined || before === undefined ? has : Math.min(has, Math.max(now, ...before));
}

/** What the window covers besides this cycle; undefined: it reaches further back than what is remembered. */
function covered<T>(earlier: Series<T>, { length, nowMs, spanMs }: Window): readonly T[] | undefined {
  const byTime = spanMs === 0 ? 0 : earlier.findIndex(({ atMs }) => atMs <= nowMs - spanMs) + 1;
  const isWhole = earlier.length >= length - 1 && (spanMs === 0 || byTime > 0);
  return isWhole ? earlier.slice(0, Math.max(length - 1, byTime)).map(({ value }) => value) : undefined;
}
