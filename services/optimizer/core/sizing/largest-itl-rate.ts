import { itlAt, meanBatchAt } from '../latency/predict.js';
import type { ServiceCurve } from '../latency/service-curve.js';
import { largestRate } from './largest-rate.js';
import { meets } from './meets.js';

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
  const itl = (rate: number): number => itlAt(curve, rate);
  const bendsDown = meets(itlAtHigh, targetMs);
  const rate = bendsDown ? high : largestRate(itl, targetMs, low, high, itlAtLow, itlAtHigh);
  if (!bendsDown && model.chunkSteps(maxBatch).length === 0) return rate;
  const steps = model.chunkSteps(bendsDown ? maxBatch : meanBatchAt(curve, rate));

  let holds = low;
  let itlAtHolds = itlAtLow;
  for (const checked of checkpoints(curve, low, rate, steps)) {
    const itlAtChecked = itl(checked);
    if (!meets(itlAtChecked, targetMs)) return largestRate(itl, targetMs, holds, checked, itlAtHolds, itlAtChecked);
    holds = checked;
    itlAtHolds = itlAtChecked;
  }
  return rate;
}

/** Rates in between, ascending: evenly spread, and just before the steps. */
function checkpoints(curve: ServiceCurve, low: number, high: number, steps: readonly number[]): number[] {
  const rates = Array.from({ length: CHECKPOINTS }, (_, index) => low + ((high - low) * (index + 1)) / (CHECKPOINTS + 1));
  const meanBatch = (rate: number): number => meanBatchAt(curve, rate);
  const atLow = meanBatch(low);
  const atHigh = meanBatch(high);
  for (const step of steps) {
    const rounded = step + 0.5;
    if (atLow < rounded && rounded < atHigh) rates.push(largestRate(meanBatch, rounded, low, high, atLow, atHigh));
  }
  return rates.sort((a, b) => a - b);
}
