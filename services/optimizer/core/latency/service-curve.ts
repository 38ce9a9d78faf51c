import { joiningOf, type JoiningTable } from './joining-table.js';
import type { ServiceModel } from './service-model.js';

/**
 * The service rates of one replica for every batch up to its largest, in a form that is evaluated at many arrival rates. A few lines
 * instead of a table: there is one of these for every candidate of every server, and lines are as fast to sum over.
 */
export interface ServiceCurve {
  readonly model: ServiceModel;
  readonly maxBatch: number;
  /** Requests that wait beyond the batch before arrivals are lost. */
  readonly maxQueue: number;
  /**
   * Times in service, `FIGURES` numbers for each run of batches, ascending: S(n) = [base] + [slope]·n up to and with n = [last batch], and
   * the largest S(n)/n of all behind it, 0 behind the last: where that is far below 1/λ, states that have become negligible stay so.
   * The last one reaches up to the max batch or beyond. One flat list: with long prompts there are as many runs as batches.
   */
  readonly lines: readonly number[];
  /** A larger batch never serves slower. */
  readonly neverSlower: boolean;
  /** What percentiles are made of, for batches up to `last` at least, tabulated when first asked for. */
  joining(last: number): JoiningTable;
}

/** A request that takes less than a picosecond or more than thirty years is a mistake; within, no figure of the queue overflows. */
export const SHORTEST_SERVICE_MS = 1e-9;
export const LONGEST_SERVICE_MS = 1e12;

export const FIGURES = 4;
export const BASE_MS = 0;
export const SLOPE_MS = 1;
export const LAST_BATCH = 2;
export const SLOWEST_AFTER = 3;

/**
 * The curve of a service model.
 * @param maxBatch 1 or more
 * @returns null where a time is out of range or no number: the parameters cannot be right
 */
export function serviceCurve(model: ServiceModel, maxBatch: number, maxQueue: number): ServiceCurve | null {
  const lines: number[] = [];
  let previous = Infinity;
  let neverSlower = true;
  let batch = 1;
  while (batch <= maxBatch) {
    const { baseMs, slopeMs, lastBatch } = model.serviceLine(batch);
    const last = Math.max(batch, Math.min(lastBatch, maxBatch));
    // A line is longest at one of its ends, and falls per completion: only where lines meet can a larger batch be slower.
    if (!isInRange(baseMs + slopeMs * batch) || !isInRange(baseMs + slopeMs * last)) return null;
    if (baseMs / batch + slopeMs > previous) neverSlower = false;
    previous = baseMs / last + slopeMs;
    lines.push(baseMs, slopeMs, last, 0);
    batch = last + 1;
  }
  if (!(model.itlCeilingMs(maxBatch) <= LONGEST_SERVICE_MS)) return null;
  addSlowestAfter(lines);
  return { model, maxBatch, maxQueue, lines, neverSlower, joining: joiningOf(model, maxBatch) };
}

function addSlowestAfter(lines: number[]): void {
  let slowest = 0;
  for (let line = lines.length - FIGURES; line > 0; line -= FIGURES) {
    const before = line - FIGURES;
    const first = (lines[before + LAST_BATCH] as number) + 1;
    slowest = Math.max(slowest, (lines[line + BASE_MS] as number) / first + (lines[line + SLOPE_MS] as number));
    lines[before + SLOWEST_AFTER] = slowest;
  }
}

function isInRange(serviceMs: number): boolean {
  return serviceMs >= SHORTEST_SERVICE_MS && serviceMs <= LONGEST_SERVICE_MS;
}

/** Mean time between completions at a batch, the inverse of the service rate: S(n)/n. */
export function msPerCompletion({ lines }: ServiceCurve, batch: number): number {
  const line = lineOf(lines, batch);
  return (lines[line + BASE_MS] as number) / batch + (lines[line + SLOPE_MS] as number);
}

/** Where the figures of the line begin that a batch is on. */
function lineOf(lines: readonly number[], batch: number): number {
  let low = 0;
  let high = lines.length / FIGURES - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle * FIGURES + LAST_BATCH] as number) < batch) low = middle + 1;
    else high = middle;
  }
  return low * FIGURES;
}

/** Completions per ms with `batch` requests in the batch: μ(n) = n/S(n). */
export function serviceRatePerMs(curve: ServiceCurve, batch: number): number {
  return 1 / msPerCompletion(curve, batch);
}
