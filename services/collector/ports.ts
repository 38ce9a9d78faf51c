import type { Snapshot } from './core/collect.js';

/** What is known of the cluster, kept up to date by watches. */
export interface ClusterView {
  snapshot(): Snapshot;
  /** Why the snapshot is not to be relied on; undefined while it is. */
  unusable(nowMs: number): string | undefined;
}

/** Asks a pod for its metrics. */
export interface MetricsFetcher {
  /** @returns the whole text; rejects with the reason for anything but a complete 200 within time and size */
  fetch(url: string): Promise<string>;
  close(): void;
}
