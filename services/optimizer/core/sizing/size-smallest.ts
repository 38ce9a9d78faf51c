import { serviceRatePerMs, type ServiceCurve } from '../latency/service-curve.js';
import { loadRange, type LoadRange } from './load-range.js';
import { sizeReplica, type ReplicaSize, type Targets } from './size-replica.js';
import { smallestBatch } from './smallest-batch.js';

/** A replica with the max batch of its curve, and the most that it takes within its targets. */
export interface SizedCurve {
  readonly curve: ServiceCurve;
  readonly size: ReplicaSize;
}

/**
 * Sizes a replica with the smallest max batch that serves nearly the best rate within the targets; see `smallestBatch`. Where none
 * meets them, the largest.
 * @param largest with the largest max batch that there is room for
 * @param smaller the curve of a smaller max batch
 */
export function sizeSmallest(largest: LoadRange, targets: Targets, smaller: (maxBatch: number) => ServiceCurve): SizedCurve {
  const { curve } = largest;
  const known = new Map<number, SizedCurve>();
  const sizeAt = (maxBatch: number): SizedCurve => {
    const found = known.get(maxBatch);
    if (found !== undefined) return found;
    const range = maxBatch === curve.maxBatch ? largest : loadRange(smaller(maxBatch));
    const made = { curve: range.curve, size: sizeReplica(range, targets) };
    known.set(maxBatch, made);
    return made;
  };
  const rateAt = (maxBatch: number): number => {
    const { size } = sizeAt(maxBatch);
    return size.feasible ? size.maxThroughputPerMs : 0;
  };
  const steps = curve.neverSlower ? NO_STEPS : curve.model.chunkSteps(curve.maxBatch);
  const limitAt = (maxBatch: number): number => serviceRatePerMs(curve, maxBatch);
  return sizeAt(smallestBatch({ ceiling: curve.maxBatch, steps, rateAt, limitAt }));
}

const NO_STEPS: readonly number[] = [];
