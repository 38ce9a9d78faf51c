import type { Joining, ServiceModel } from './service-model.js';

/** The service rates of one replica for every batch up to its largest, computed once and evaluated at many arrival rates. */
export interface ServiceCurve {
  readonly model: ServiceModel;
  readonly maxBatch: number;
  /** Requests that wait beyond the batch before arrivals are lost. */
  readonly maxQueue: number;
  /**
   * `msPerCompletion[n]` = S(n)/n: mean time between completions at batch n, the inverse of the service rate. Index 0 is unused, and
   * so is what stands behind the max batch.
   */
  readonly msPerCompletion: Float64Array;
  /** A larger batch never serves slower: then terms that have become negligible stay so, and a sum may stop at them. */
  readonly neverSlower: boolean;
  /** What percentiles are made of, tabulated when first asked for. */
  joining(): JoiningTable;
}

/**
 * `ServiceModel.joiningAs` for every batch up to the largest; index 0 is unused. The largest so far where a figure falls (a prefill in
 * more chunks makes for less work per iteration), so that more load never looks better.
 */
export type JoiningTable = Readonly<Record<keyof Joining, Float64Array>>;

/** A request that takes less than a picosecond or more than thirty years is a mistake; within, no figure of the queue overflows. */
export const SHORTEST_SERVICE_MS = 1e-9;
export const LONGEST_SERVICE_MS = 1e12;

/**
 * Tabulates a service model.
 * @param maxBatch 1 or more
 * @returns null where a time is out of range or no number: the parameters cannot be right
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
  if (!(model.itlCeilingMs(maxBatch) <= LONGEST_SERVICE_MS)) return null;
  let table: JoiningTable | null = null;
  const joining = (): JoiningTable => (table ??= joiningTable(model, maxBatch));
  return { model, maxBatch, maxQueue, msPerCompletion, neverSlower, joining };
}

function joiningTable(model: ServiceModel, maxBatch: number): JoiningTable {
  const row = (): Float64Array => new Float64Array(maxBatch + 1);
  const table = { itlMs: row(), iterationMs: row(), prefillMs: row(), otherPrompts: row(), otherPromptMs: row() };
  const { itlMs, iterationMs, prefillMs, otherPrompts, otherPromptMs } = table;
  for (let batch = 1; batch <= maxBatch; batch++) {
    const joining = model.joiningAs(batch);
    const before = batch - 1;
    itlMs[batch] = Math.max(itlMs[before] as number, joining.itlMs);
    iterationMs[batch] = Math.max(iterationMs[before] as number, joining.iterationMs);
    prefillMs[batch] = Math.max(prefillMs[before] as number, joining.prefillMs);
    otherPrompts[batch] = Math.max(otherPrompts[before] as number, joining.otherPrompts);
    otherPromptMs[batch] = Math.max(otherPromptMs[before] as number, joining.otherPromptMs);
  }
  return table;
}

function isInRange(serviceMs: number): boolean {
  return serviceMs >= SHORTEST_SERVICE_MS && serviceMs <= LONGEST_SERVICE_MS;
}

/** Completions per ms with `batch` requests in the batch: μ(n) = n/S(n). */
export function serviceRatePerMs(curve: ServiceCurve, batch: number): number {
  return 1 / (curve.msPerCompletion[batch] as number);
}
