import { type KubeClient } from '#shared/kube/kube-client.js';
import { isConflict, isNotFound } from '#shared/kube/kube-error.js';
import { paths } from '#shared/kube/paths.js';
import type { Deployment } from '#shared/kube/wire.js';
import type { DeploymentStore } from '../ports.js';

/** Errors besides 404 and a stale resourceVersion: KubeError. */
export function createKubeDeploymentStore(client: KubeClient): DeploymentStore {
  return {
    read: async ({ space, name }) => {
      try {
        return await client.get<Deployment>(paths.deployments(space, name));
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    write: async ({ metadata = {} }, patch) => {
      const { namespace, name, resourceVersion } = metadata;
      // The version in the body is a precondition: the API answers 409 when the object has another one by now.
      const body = { ...patch, metadata: { ...patch.metadata, resourceVersion } };
      try {
        await client.patch(paths.deployments(namespace, name), 'strategic', body);
        return 'written';
      } catch (error) {
        if (isConflict(error)) return 'conflict';
        if (isNotFound(error)) return 'gone';
        throw error;
      }
    },
  };
}
