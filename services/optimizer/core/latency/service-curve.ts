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
  let batch = 1;
  while (batch <= maxBatch) {
    const { baseMs, slopeMs, lastBatch } = model.serviceLine(batch);
    const last = Math.max(batch, Math.min(lastBatch, maxBatch));
    // A line is longest at one of its ends, and falls per completion: only where lines meet can a larger batch be slower.
    if (!isInRange(baseMs + slopeMs * batch) || !isInRange(baseMs + slopeMs * last)) return null;
    if (baseMs / batch + slopeMs > previous) neverSlower = false;
    for (; batch <= last; batch++) msPerCompletion[batch] = baseMs / batch + slopeMs;
    previous = msPerCompletion[last] as number;
  }
  return { model, maxBatch, maxQueue, msPerCompletion, neverSlower };
}

function isInRange(serviceMs: number): boolean {
  return serviceMs >= SHORTEST_SERVICE_MS && serviceMs <= LONGEST_SERVICE_MS;
}

/** Completions per ms with `batch` requests in the batch: μ(n) = n/S(n). */
export function serviceRatePerMs(curve: ServiceCurve, batch: number): number {
  return 1 / (curve.msPerCompletion[batch] as number);
}
