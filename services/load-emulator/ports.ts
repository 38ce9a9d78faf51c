import type { Deployment } from '#shared/kube/wire.js';
import type { LoadPatch } from './core/walk.js';

/** The managed Deployments, and the load that their labels declare. */
export interface LoadStore {
  list(): Promise<readonly Deployment[]>;
  /** The Deployment as it is now; undefined where it is gone. */
  reread(deployment: Deployment): Promise<Deployment | undefined>;
  /** Writes only if the object is still the one that was read; false: it is not. */
  write(read: Deployment, patch: LoadPatch): Promise<boolean>;
}
