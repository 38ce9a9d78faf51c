import type { ServiceModel } from './service-model.js';

/** The service rates of one replica for every batch up to its largest, computed once and evaluated at many arrival rates. */
export interface ServiceCurve {
  readonly model: ServiceModel;
  readonly maxBatch: number;
  /** Requests that wait beyond the batch before arrivals are lost. */
  readonly maxQueue: number;
  /** `msPerCompletion[n]` = S(n)/n: mean time between completions at batch n, the inverse of the service rate. Index 0 is unused. */
  readonly msPerCompletion: Float64Array;
  /** A larger batch never serves slower: then terms that have become negligible stay so, and a sum may stop at them. */
  readonly neverSlower: boolean;
}

/** A request that takes less than a picosecond or more than thirty years is a mistake; within, no figure of the queue overflows. */
export const SHORTEST_SERVICE_MS = 1e-9;
export const LONGEST_SERVICE_MS = 1e12;

/**
 * Tabulates a service model.
 * @param maxBatch 1 or more
 * @returns null where a service time is out of range or no number: the parameters cannot be right
 */
export function serviceCurve(model: ServiceModel, maxBatch: number, maxQueue: number): ServiceCurve | null {
  const msPerCompletion = new Float64Array(maxBatch + 1);
  let previous = Infinity;
  let neverSlower = true;
  for (let batch = 1; batch <= maxBatch; batch++) {
    const serviceMs = model.serviceTimeMs(batch);
    if (!(serviceMs >= SHORTEST_SERVICE_MS && serviceMs <= LONGEST_SERVICE_MS)) return null;
    const ms = serviceMs / batch;
    msPerCompletion[batch] = ms;
    if (ms > previous) neverSlower = false;
    previous = ms;
  }
  return { model, maxBatch, maxQueue, msPerCompletion, neverSlower };
}

/** Completions per ms with `batch` requests in the batch: μ(n) = n/S(n). */
export function serviceRatePerMs(curve: ServiceCurve, batch: number): number {
  return 1 / (curve.msPerCompletion[batch] as number);
}
