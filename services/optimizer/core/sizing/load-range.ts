import { noFirstToken, predict, type FirstToken, type ReplicaPrediction } from '../latency/predict.js';
import { serviceRatePerMs, type ServiceCurve } from '../latency/service-curve.js';

/** The rates between which a replica is sized, and what it does at both ends. Independent of any target. */
export interface LoadRange {
  readonly curve: ServiceCurve;
  readonly low: number;
  readonly high: number;
  readonly atLow: ReplicaPrediction;
  readonly atHigh: ReplicaPrediction;
  /** The latest rate at which a search for a TTFT began, and what it found there: for several targets it often begins at the same. */
  readonly start: FirstToken;
}

/** Rates that are considered, as fractions of the service rate of one request alone and of a full batch. */
const LOWEST_LOAD = 0.001;
const HIGHEST_LOAD = 0.999;
/** A TPS target leaves that part of the highest rate as margin. */
export const TPS_LOAD = 0.9;

export function loadRange(curve: ServiceCurve): LoadRange {
  const fullRate = serviceRatePerMs(curve, curve.maxBatch);
  // Long prompts in many chunks can make a full batch slower than one request alone.
  const low = LOWEST_LOAD * Math.min(serviceRatePerMs(curve, 1), fullRate);
  const high = HIGHEST_LOAD * fullRate;
  return { curve, low, high, atLow: predict(curve, low), atHigh: predict(curve, high), start: noFirstToken() };
}
