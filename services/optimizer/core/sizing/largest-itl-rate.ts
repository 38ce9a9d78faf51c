import { meansAt } from '../latency/predict.js';
import type { ServiceCurve } from '../latency/service-curve.js';
import { largestRate } from './largest-rate.js';
import { meets } from './meets.js';
import { TO_SPARE } from './search-limits.js';

/** Rates between the ends that are looked at where ITL may fall with the rate. */
const CHECKPOINTS = 32;

/**
 * The largest rate in [low, high] up to which ITL is at or below `targetMs` (0: no target), where it holds at `low`. The answer itself
 * and every lower rate meet the target.
 *
 * ITL mostly rises with the rate, but not always: the model splits it off from the time in service at the mean batch, so it drops a
 * little where one request more makes for more prefill chunks, and may bend down towards a full batch where prefill is much of the
 * work. Then a rate that holds says nothing of the lower ones, and these are looked at too.
 */
export function largestItlRate(
  curve: ServiceCurve,
  targetMs: number,
  low: number,
  high: number,
  itlAtLow: number,
  itlAtHigh: number,
): number {
  const { model, maxBatch } = curve;
  if (targetMs === 0 || meets(model.itlCeilingMs(maxBatch), targetMs)) return high;
  const itl = (rate: number): number => lookAt(curve, rate).itlMs;
  const bendsDown = meets(itlAtHigh, targetMs);
  const rate = bendsDown ? high : largestRate(itl, targetMs, low, high, itlAtLow, itlAtHigh);
  if (!bendsDown && model.chunkSteps(maxBatch).length === 0) return rate;

  const lowest = lookAt(curve, low);
  const highest = lookAt(curve, rate);
  const search = { curve, targetMs, steps: model.chunkSteps(bendsDown ? maxBatch : highest.batch), holds: lowest };
  const misses = firstMiss(search, lowest, highest, CHECKPOINTS);
  if (misses === null) return rate;
  const { holds } = search;
  return largestRate(itl, targetMs, holds.rate, misses.rate, holds.itlMs, misses.itlMs);
}

/** Means at a rate. */
interface Look {
  readonly rate: number;
  readonly batch: number;
  readonly serviceMs: number;
  readonly itlMs: number;
}

function lookAt(curve: ServiceCurve, rate: number): Look {
  const { meanBatch, meanServiceMs } = meansAt(curve, rate);
  return { rate, batch: meanBatch, serviceMs: meanServiceMs, itlMs: curve.model.itlMs(meanServiceMs, meanBatch) };
}

interface Search {
  readonly curve: ServiceCurve;
  readonly targetMs: number;
  /** Just before these, ITL is largest. */
  readonly steps: readonly number[];
  /** The last rate below the one to look at that was looked at, and held. */
  holds: Look;
}

/**
 * The first that misses the target of the rates between two, spread evenly or just before a step; null: none. Most need no look: time
 * in service and mean batch rise with the rate, and ITL rises with the one and, if it does not with the other, falls with it, so in
 * between it is at most that of the longest time in service at the smallest, or the largest, batch.
 * @param count of rates between the two
 */
function firstMiss(search: Search, from: Look, to: Look, count: number): Look | null {
  const { curve, targetMs } = search;
  const most = Math.max(to.itlMs, curve.model.itlMs(to.serviceMs, from.batch));
  if (meets(most, targetMs)) return null;
  if (count === 0) return firstMissBeforeStep(search, from, to);
  const before = count >> 1;
  const middle = lookAt(curve, from.rate + ((to.rate - from.rate) * (before + 1)) / (count + 1));
  const earlier = firstMiss(search, from, middle, before);
  if (earlier !== null) return earlier;
  if (!meets(middle.itlMs, targetMs)) return middle;
  search.holds = middle;
  return firstMiss(search, middle, to, count - before - 1);
}

function firstMissBeforeStep(search: Search, from: Look, to: Look): Look | null {
  const { curve, targetMs, steps } = search;
  const meanBatch = (rate: number): number => meansAt(curve, rate).meanBatch;
  for (const step of steps) {
    const rounded = step + 0.5;
    if (rounded <= from.batch || rounded >= to.batch) continue;
    if (meets(curve.model.itlMs(to.serviceMs, rounded * (1 - TO_SPARE)), targetMs)) continue;
    const look = lookAt(curve, largestRate(meanBatch, rounded, from.rate, to.rate, from.batch, to.batch));
    if (!meets(look.itlMs, targetMs)) return look;
    search.holds = look;
  }
  return null;
}
