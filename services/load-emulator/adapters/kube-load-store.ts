import type { KubeClient } from '#shared/kube/kube-client.js';
import { isConflict, isNotFound } from '#shared/kube/kube-error.js';
import { labels } from '#shared/kube/names.js';
import { paths } from '#shared/kube/paths.js';
import type { Deployment, KubeList } from '#shared/kube/wire.js';
import type { LoadStore } from '../ports.js';

/** @param watchNamespace empty: all */
export function createKubeLoadStore(client: KubeClient, watchNamespace: string): LoadStore {
  return {
    list: async () => {
      const query = { labelSelector: `${labels.managed}=true` };
      const { items } = await client.get<KubeList<Deployment>>(paths.deployments(watchNamespace), query);
      return items;
    },
    reread: async ({ metadata }) => {
      try {
        return await client.get<Deployment>(paths.deployments(metadata?.namespace, metadata?.name));
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    write: async ({ metadata = {} }, patch) => {
      const { namespace, name, resourceVersion } = metadata;
      // The version in the body is a precondition: the API answers 409 when the object has another one by now.
      const body = { metadata: { ...patch.metadata, resourceVersion } };
      try {
        await client.patch(paths.deployments(namespace, name), 'merge', body);
        return true;
      } catch (error) {
        if (isConflict(error) || isNotFound(error)) return false;
        throw error;
      }
    },
  };
}
