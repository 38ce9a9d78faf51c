import { arrivalsAt, firstTokenBeyond, itlPercentileMs } from '../latency/distribution.js';
import { predict } from '../latency/predict.js';
import { largestRate } from './largest-rate.js';
import { TPS_LOAD, type LoadRange } from './load-range.js';
import { meets } from './meets.js';
import { ttftPercentileMs } from './percentile.js';
import type { ReplicaSize, Targets } from './size-replica.js';

/**
 * The most that one replica takes while the part `percentile` of its requests stays within the ITL target, and as many within the TTFT
 * target. Both worsen with every rise of the rate: p(n) ∝ λ^n, so more load means larger batches for every part of the requests, and
 * a larger batch is never better (see `JoiningTable`). A TTFT is not searched by its percentile but by how many exceed the target,
 * which is one look at the states for each rate.
 */
export function sizeAtPercentile({ curve, low, high }: LoadRange, targets: Targets, percentile: number): ReplicaSize {
  const { itlMs, ttftMs, tokensPerSec } = targets;
  const allowed = 1 - percentile;
  const itlAt = (ratePerMs: number): number => itlPercentileMs(arrivalsAt(curve, ratePerMs), percentile);
  const lateAt = (ratePerMs: number): number => firstTokenBeyond(arrivalsAt(curve, ratePerMs), ttftMs);
  let rate = tokensPerSec > 0 ? TPS_LOAD * high : high;

  if (itlMs > 0) {
    const atLow = itlAt(low);
    if (!meets(atLow, itlMs)) return { feasible: false, missed: 'slo-itl', valueMs: atLow, targetMs: itlMs };
    const atRate = itlAt(rate);
    if (!meets(atRate, itlMs)) rate = largestRate(itlAt, itlMs, low, rate, atLow, atRate);
  }
  if (ttftMs > 0) {
    const atLow = lateAt(low);
    if (!meets(atLow, allowed)) {
      const valueMs = ttftPercentileMs(arrivalsAt(curve, low), percentile);
      return { feasible: false, missed: 'slo-ttft', valueMs, targetMs: ttftMs };
    }
    const atRate = lateAt(rate);
    if (!meets(atRate, allowed)) rate = largestRate(lateAt, allowed, low, rate, atLow, atRate);
  }
  return { feasible: true, maxRatePerMs: rate, maxThroughputPerMs: predict(curve, rate).throughputPerMs };
}
