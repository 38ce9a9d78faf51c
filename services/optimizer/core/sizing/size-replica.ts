import { predict } from '../latency/predict.js';
import { largestItlRate } from './largest-itl-rate.js';
import { largestTtftRate } from './largest-ttft-rate.js';
import { TPS_LOAD, type LoadRange } from './load-range.js';
import { meets } from './meets.js';
import { sizeAtPercentile } from './size-at-percentile.js';

/** Targets of a service class for a model; 0 is no target. */
export interface Targets {
  readonly itlMs: number;
  readonly ttftMs: number;
  readonly tokensPerSec: number;
  /** The part of the requests that stays within the ITL target, and within the TTFT target; absent: the means do. */
  readonly percentile?: number | undefined;
}

export type ReplicaSize =
  | {
      readonly feasible: true;
      /** Largest arrival rate of one replica at which every target holds: λ*. */
      readonly maxRatePerMs: number;
      /** What is served at that rate, losses at a full queue taken off: rate*. */
      readonly maxThroughputPerMs: number;
    }
  | {
      /** The target is missed even by a replica that is nearly idle. */
      readonly feasible: false;
      readonly missed: 'slo-itl' | 'slo-ttft';
      /** The mean, or at the percentile that is asked. */
      readonly valueMs: number;
      readonly targetMs: number;
    };

/** The most that one replica takes within its targets. */
export function sizeReplica(range: LoadRange, targets: Targets): ReplicaSize {
  const { curve, low, high, atLow, atHigh } = range;
  const { itlMs, ttftMs, tokensPerSec, percentile } = targets;
  if (percentile !== undefined) return sizeAtPercentile(range, targets, percentile);
  if (misses(atLow.itlMs, itlMs)) return { feasible: false, missed: 'slo-itl', valueMs: atLow.itlMs, targetMs: itlMs };
  if (misses(atLow.ttftMs, ttftMs)) return { feasible: false, missed: 'slo-ttft', valueMs: atLow.ttftMs, targetMs: ttftMs };

  let rate = tokensPerSec > 0 ? TPS_LOAD * high : high;
  let atRate = tokensPerSec > 0 ? predict(curve, rate) : atHigh;
  // Only the least of the rates counts: each target is searched below what the ones before it left.
  const itlRate = largestItlRate(curve, itlMs, low, rate, atLow.itlMs, atRate.itlMs);
  if (itlRate !== rate) {
    rate = itlRate;
    atRate = predict(curve, rate);
  }
  const served = misses(atRate.ttftMs, ttftMs)
    ? largestTtftRate(range, ttftMs, rate)
    : { ratePerMs: rate, throughputPerMs: atRate.throughputPerMs };
  return { feasible: true, maxRatePerMs: served.ratePerMs, maxThroughputPerMs: served.throughputPerMs };
}

function misses(valueMs: number, targetMs: number): boolean {
  return targetMs > 0 && !meets(valueMs, targetMs);
}
