import type { ReadingSource, ServerReadings } from '#shared/contracts/loop.js';
import type { ManagedServer } from '../managed-server.js';

/** Figures of one server from one source, and what the source knows about single pods. */
export interface SourceReadings {
  server: ServerReadings;
  /** Pod uid → requests/min that came to this pod alone. */
  arrivalRateByPod: ReadonlyMap<string, number>;
}

/**
 * Somewhere figures come from. Sources are asked in their order of trust, and each figure is taken from the first that has it; a
 * source that does not know says why, and never answers zero for it.
 */
export interface ReadingProvider {
  readonly source: ReadingSource;
  read(server: ManagedServer, nowMs: number): SourceReadings;
}

export const figures = [
  'arrivalRate',
  'throughput',
  'avgInTokens',
  'avgOutTokens',
  'itlAverage',
  'ttftAverage',
  'numRunning',
  'numWaiting',
  'kvCacheUsage',
] as const satisfies readonly (keyof ServerReadings)[];

/** The same reason for every figure. */
export function allMissing(reason: string): ServerReadings {
  return Object.fromEntries(figures.map((figure) => [figure, { missing: reason }])) as ServerReadings;
}
