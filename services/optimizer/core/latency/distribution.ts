import { geometricTail, type GeometricTail } from './geometric-tail.js';
import { inversesUpTo } from './inverses.js';
import type { JoiningTable } from './joining-table.js';
import {
  BASE_MS,
  FIGURES,
  LAST_BATCH,
  msPerCompletion,
  serviceRatePerMs,
  SLOPE_MS,
  SLOWEST_AFTER,
  type ServiceCurve,
} from './service-curve.js';
import { meanJoiningMs } from './service-model.js';
import { waitingBeyond } from './wait-tail.js';

const LARGEST_TERM = 2 ** 400;
const RESCALE = 2 ** -400;
/** As in `evaluateQueue`. */
const NEGLIGIBLE = 1e-18;
const SURELY_SHRINKING = 0.9;

const tail: GeometricTail = { sum: 0, sumBelowLast: 0, weightedSum: 0, squareWeightedSum: 0, headFactor: 0 };

/**
 * What an admitted arrival finds: by PASTA n requests with probability p(n)/(1 − p(K)), n < K, so it joins the batch as the
 * (n + 1)-th, or waits where n ≥ N and then joins as the N-th.
 *
 * The same weights are those of output tokens: in state n they come at the rate min(n, N)/T(n) ∝ μ(n), and p(n)·μ(n) = λ·p(n − 1).
 */
export interface Arrivals {
  curve: ServiceCurve;
  /** `joins[b]`: joins at once as the b-th, b = 1..last. */
  joins: Float64Array;
  /** N, or less where hardly anybody ever joins as a later one. */
  last: number;
  /** Has to wait. */
  waits: number;
  /** Finds the batch full and nobody waiting, in units of e^logUnit. */
  waitsFirst: number;
  logUnit: number;
  ratio: number;
  /** Mean of the b that it joins as. */
  meanBatch: number;
}

let scratch = new Float64Array(1024);

/** The arrivals at a rate above 0. The table is one for all calls: use it before the next one. O(last), however long the queue. */
export function arrivalsAt(curve: ServiceCurve, ratePerMs: number): Arrivals {
  const { lines, maxBatch, maxQueue } = curve;
  if (scratch.length <= maxBatch) scratch = new Float64Array(2 * maxBatch);
  const joins = scratch;
  const inverse = inversesUpTo(maxBatch);
  let term = 1;
  let sum = 0;
  let batchSum = 0;
  let batch = 1;
  let last = maxBatch;
  for (let line = 0; batch <= last; line += FIGURES) {
    const base = ratePerMs * (lines[line + BASE_MS] as number);
    const slope = ratePerMs * (lines[line + SLOPE_MS] as number);
    const shrinksAfter = ratePerMs * (lines[line + SLOWEST_AFTER] as number) < SURELY_SHRINKING;
    const lastOfLine = Math.min(lines[line + LAST_BATCH] as number, maxBatch) | 0;
    for (; batch <= lastOfLine && batch <= last; batch++) {
      const ratio = base * (inverse[batch] as number) + slope;
      joins[batch] = term;
      sum += term;
      batchSum += batch * term;
      term *= ratio;
      if (term < sum * NEGLIGIBLE && ratio < SURELY_SHRINKING && shrinksAfter) last = batch;
      if (term <= LARGEST_TERM) continue;
      for (let done = 1; done <= batch; done++) joins[done] = (joins[done] as number) * RESCALE;
      term *= RESCALE;
      sum *= RESCALE;
      batchSum *= RESCALE;
    }
  }
  if (last < maxBatch) term = 0;
  const ratio = ratePerMs * msPerCompletion(curve, maxBatch);
  geometricTail(ratio, maxQueue, tail);
  const head = tail.headFactor;
  // Who waits finds the batch full and less than the whole queue: ratio^0 to ratio^(Q − 1).
  const waiting = maxQueue === 0 ? 0 : term * (head + tail.sumBelowLast);
  const admitted = sum * head + waiting;
  const scale = head / admitted;
  for (let batch = 1; batch <= last; batch++) joins[batch] = (joins[batch] as number) * scale;
  return {
    curve,
    joins,
    last,
    waits: waiting / admitted,
    waitsFirst: term / admitted,
    logUnit: head === 1 ? 0 : maxQueue * Math.log(ratio),
    ratio,
    meanBatch: (batchSum * head + maxBatch * waiting) / admitted,
  };
}

/** P(wait for the batch > t) of an admitted arrival, for t ≥ 0. */
export function waitsBeyond({ curve, waits, waitsFirst, ratio, logUnit }: Arrivals, waitMs: number): number {
  if (waits === 0) return 0;
  const x = waitMs * serviceRatePerMs(curve, curve.maxBatch);
  return Math.min(waits, waitsFirst * waitingBeyond(x, ratio, curve.maxQueue, logUnit));
}

/**
 * P(TTFT > t) of an admitted arrival: the wait, the rest of the running iteration, then its prefill with the prompts that are computed
 * meanwhile. Who waits for the batch waits for the end of an iteration too; the sum of the two is taken as late where either is,
 * the other at its mean, which is a little more than true and never makes who waits faster than who does not.
 */
export function firstTokenBeyond(arrivals: Arrivals, ttftMs: number): number {
  const { curve, joins, last, waits } = arrivals;
  const table = curve.joining(last);
  let beyond = 0;
  let late = 0;
  for (let batch = 1; batch <= last; batch++) {
    // Who joins a larger batch is no earlier.
    if (late < 1) late = joinsLate(table, batch, ttftMs);
    beyond += (joins[batch] as number) * late;
  }
  if (waits === 0) return beyond;
  const waitMs = ttftMs - joiningMsAs(table, last);
  const waitsLate = waitMs > 0 ? waitsBeyond(arrivals, waitMs) : waits;
  return beyond + waits * late + (1 - late) * waitsLate;
}

/** Mean time to first token of who joins as the `batch`-th at once. */
export function joiningMsAs(table: JoiningTable, batch: number): number {
  return meanJoiningMs({
    itlMs: table.itlMs[batch] as number,
    iterationMs: table.iterationMs[batch] as number,
    prefillMs: table.prefillMs[batch] as number,
    otherPrompts: table.otherPrompts[batch] as number,
    otherPromptMs: table.otherPromptMs[batch] as number,
  });
}

/** Numbers of other prompts that are met less often than this are left out. */
const RARE = 1e-7;
/** Above, their number is taken at its mean. */
const MANY = 50;

function joinsLate(table: JoiningTable, batch: number, ttftMs: number): number {
  const { iterationMs, prefillMs, otherPrompts, otherPromptMs, latestMs } = table;
  if (ttftMs >= (latestMs[batch] as number)) return 0;
  const length = iterationMs[batch] as number;
  const mean = otherPrompts[batch] as number;
  const eachMs = otherPromptMs[batch] as number;
  const overMs = (prefillMs[batch] as number) + length - ttftMs;
  if (mean > MANY || eachMs === 0) return partOf(overMs + eachMs * mean, length);
  let weight = Math.exp(-mean);
  let left = 1;
  let late = 0;
  for (let prompts = 0; left > RARE; prompts++) {
    const part = partOf(overMs + prompts * eachMs, length);
    if (part === 1) return late + left;
    late += weight * part;
    left -= weight;
    weight *= mean / (prompts + 1);
  }
  return late;
}

/** Of arrivals spread evenly over an iteration, those for whom more than the rest of it is left. */
function partOf(overMs: number, length: number): number {
  if (overMs <= 0) return 0;
  return overMs >= length ? 1 : overMs / length;
}

/**
 * The time per output token that a part `percentile` of the requests stays within, taking a request at the batch that it joins. Its
 * mean over the stay varies less, with requests all alike by a fifth to a few per cent of the distance to the mean; requests of
 * unlike length make up for that. Who is alone is alone; above, the batches are spread evenly
 * over what lies between them, so that the percentile rises steadily with the rate.
 */
export function itlPercentileMs({ curve, joins, last, waits }: Arrivals, percentile: number): number {
  const { itlMs } = curve.joining(last);
  let below = 0;
  let fromMs = itlMs[1] as number;
  for (let batch = 1; batch < last; batch++) {
    const toMs = batch === 1 ? fromMs : ((itlMs[batch] as number) + (itlMs[batch + 1] as number)) / 2;
    const weight = joins[batch] as number;
    if (below + weight >= percentile) return fromMs + ((percentile - below) / weight) * (toMs - fromMs);
    below += weight;
    fromMs = toMs;
  }
  const part = Math.min(1, (percentile - below) / ((joins[last] as number) + waits));
  return fromMs + part * ((itlMs[last] as number) - fromMs);
}
