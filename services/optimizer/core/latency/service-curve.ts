import type { Joining, ServiceLine, ServiceModel } from './service-model.js';

/**
 * The service rates of one replica for every batch up to its largest, in a form that is evaluated at many arrival rates. A few lines
 * instead of a table: there is one of these for every candidate of every server, and lines are as fast to sum over.
 */
export interface ServiceCurve {
  readonly model: ServiceModel;
  readonly maxBatch: number;
  /** Requests that wait beyond the batch before arrivals are lost. */
  readonly maxQueue: number;
  /** Times in service, by ascending batch. The last one reaches up to the max batch; there may be more of either behind it. */
  readonly lines: readonly ServiceLine[];
  /** A larger batch never serves slower: then states are the less likely the further they are from the likeliest. */
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
 * The curve of a service model.
 * @param maxBatch 1 or more
 * @returns null where a time is out of range or no number: the parameters cannot be right
 */
export function serviceCurve(model: ServiceModel, maxBatch: number, maxQueue: number): ServiceCurve | null {
  const lines: ServiceLine[] = [];
  let previous = Infinity;
  let neverSlower = true;
  let batch = 1;
  while (batch <= maxBatch) {
    const line = model.serviceLine(batch);
    const { baseMs, slopeMs, lastBatch } = line;
    const last = Math.max(batch, Math.min(lastBatch, maxBatch));
    // A line is longest at one of its ends, and falls per completion: only where lines meet can a larger batch be slower.
    if (!isInRange(baseMs + slopeMs * batch) || !isInRange(baseMs + slopeMs * last)) return null;
    if (baseMs / batch + slopeMs > previous) neverSlower = false;
    previous = baseMs / last + slopeMs;
    lines.push(lastBatch >= batch ? line : { baseMs, slopeMs, lastBatch: batch });
    batch = last + 1;
  }
  if (!(model.itlCeilingMs(maxBatch) <= LONGEST_SERVICE_MS)) return null;
  let table: JoiningTable | null = null;
  const joining = (): JoiningTable => (table ??= joiningTable(model, maxBatch));
  return { model, maxBatch, maxQueue, lines, neverSlower, joining };
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

/** Index of the line that a batch is on. */
export function lineAt(lines: readonly ServiceLine[], batch: number): number {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle] as ServiceLine).lastBatch < batch) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Mean time between completions at a batch, the inverse of the service rate: S(n)/n. */
export function msPerCompletion({ lines }: ServiceCurve, batch: number): number {
  const { baseMs, slopeMs } = lines[lineAt(lines, batch)] as ServiceLine;
  return baseMs / batch + slopeMs;
}

/** Completions per ms with `batch` requests in the batch: μ(n) = n/S(n). */
export function serviceRatePerMs(curve: ServiceCurve, batch: number): number {
  return 1 / msPerCompletion(curve, batch);
}
