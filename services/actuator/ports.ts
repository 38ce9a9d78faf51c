import type { ControlState } from '#shared/contracts/loop.js';
import type { Deployment } from '#shared/kube/wire.js';
import type { DeploymentEvent, EventWrite } from './core/event-ledger.js';
import type { DeploymentPatch } from './core/patch.js';

export interface DeploymentName {
  space: string;
  name: string;
}

/** What `write` meets besides success: the object changed since it was read, or it is gone. */
export type WriteOutcome = 'written' | 'conflict' | 'gone';

/** The Deployments of the cluster. Other failures are thrown. */
export interface DeploymentStore {
  /** The Deployment as it is now; undefined where there is none. */
  read(name: DeploymentName): Promise<Deployment | undefined>;
  /** Writes only if the object is still the one that was read. */
  write(read: Deployment, patch: DeploymentPatch): Promise<WriteOutcome>;
}

/** Follows the managed Deployments; what it shows may be a moment old. */
export interface ManagedDeployments {
  list(): readonly Deployment[];
  /** Called with every Deployment that came or changed; returns a function that ends it. */
  onChange(listener: (deployment: Deployment) => void): () => void;
  /** Since when (ms since the epoch) there is no contact; undefined while there is. */
  staleSince(): number | undefined;
}

/** Writes Events. Failures are thrown. */
export interface EventStore {
  write(event: DeploymentEvent, write: EventWrite, nowMs: number): Promise<void>;
}

/** Where what was paused by hand is kept. */
export interface ControlStore {
  /** What was stored last; the defaults where nothing was. */
  read(): Promise<ControlState>;
  write(state: ControlState): Promise<void>;
}
