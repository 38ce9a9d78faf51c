import { arrivalsAt, itlPercentileMs } from '../latency/distribution.js';
import { meansAt, predict } from '../latency/predict.js';
import { serviceRatePerMs, type ServiceCurve } from '../latency/service-curve.js';
import { loadRange, type LoadRange } from './load-range.js';
import { meets } from './meets.js';
import { meetsTtft } from './percentile.js';
import { sizeReplica, type ReplicaSize, type Targets } from './size-replica.js';
import { SAME, smallestBatch } from './smallest-batch.js';

/** Beside twice the mean, for means that are small. */
const SPARE_SLOTS = 16;

/** A replica with the max batch of its curve, and the most that it takes within its targets. */
export interface SizedCurve {
  readonly curve: ServiceCurve;
  readonly size: ReplicaSize;
}

/**
 * Sizes a replica with the smallest max batch that serves nearly the best rate within the targets, and with the one that serves the
 * best; see `smallestBatch`. Where none meets them, the largest.
 * @param largest with the largest max batch that there is room for
 * @param smaller the curve of a smaller max batch
 */
export function sizeSmallest(
  largest: LoadRange,
  targets: Targets,
  smaller: (maxBatch: number) => ServiceCurve,
): { readonly smallest: SizedCurve; readonly best: SizedCurve } {
  const { curve } = largest;
  const curves = new Map([[curve.maxBatch, curve]]);
  const curveAt = (maxBatch: number): ServiceCurve => {
    const found = curves.get(maxBatch) ?? smaller(maxBatch);
    curves.set(maxBatch, found);
    return found;
  };
  const known = new Map<number, SizedCurve>();
  const sizeAt = (maxBatch: number): SizedCurve => {
    const found = known.get(maxBatch);
    if (found !== undefined) return found;
    const range = maxBatch === curve.maxBatch ? largest : loadRange(curveAt(maxBatch));
    const made = { curve: range.curve, size: sizeReplica(range, targets) };
    known.set(maxBatch, made);
    return made;
  };
  const rateAt = (maxBatch: number): number => {
    const { size } = sizeAt(maxBatch);
    return size.feasible ? size.maxThroughputPerMs : 0;
  };
  const ceiling = usefulCeiling(sizeAt(curve.maxBatch), rateAt);
  const steps = curve.neverSlower ? NO_STEPS : curve.model.chunkSteps(ceiling);
  const limitAt = (maxBatch: number): number => serviceRatePerMs(curve, maxBatch);
  const mayReach = (maxBatch: number, ratePerMs: number): boolean => {
    const found = known.get(maxBatch);
    return found === undefined
      ? ratePerMs === 0 || meetsAt(curveAt(maxBatch), targets, ratePerMs)
      : rateAt(maxBatch) >= ratePerMs;
  };
  const { smallest, best } = smallestBatch({ ceiling, steps, rateAt, limitAt, mayReach });
  return { smallest: sizeAt(smallest), best: sizeAt(best) };
}

const NO_STEPS: readonly number[] = [];

function meetsAt(curve: ServiceCurve, { itlMs, ttftMs, percentile }: Targets, ratePerMs: number): boolean {
  if (percentile === undefined) {
    const means = predict(curve, ratePerMs);
    return (itlMs === 0 || meets(means.itlMs, itlMs)) && (ttftMs === 0 || meets(means.ttftMs, ttftMs));
  }
  const arrivals = arrivalsAt(curve, ratePerMs);
  if (itlMs > 0 && !meets(itlPercentileMs(arrivals, percentile), itlMs)) return false;
  return ttftMs === 0 || meetsTtft(arrivals, percentile, ttftMs);
}

/** Slots beyond twice what is full on average are hardly ever needed: where the rate is the same without, they are not looked at. */
function usefulCeiling({ curve, size }: SizedCurve, rateAt: (maxBatch: number) => number): number {
  const { maxBatch } = curve;
  if (!size.feasible) return maxBatch;
  const useful = Math.ceil(2 * meansAt(curve, size.maxRatePerMs).meanBatch) + SPARE_SLOTS;
  const isSettled = (rate: number): boolean => Math.abs(rate / size.maxThroughputPerMs - 1) <= SAME;
  return useful < maxBatch / 2 && isSettled(rateAt(useful)) ? useful : maxBatch;
}
