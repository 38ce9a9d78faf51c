import type { KubeClient } from '#shared/kube/kube-client.js';
import { isNotFound } from '#shared/kube/kube-error.js';
import { paths } from '#shared/kube/paths.js';
import type { WatchCache } from '#shared/kube/watch-cache.js';
import type { Deployment, ObjectMeta, Pod, ReplicaSet } from '#shared/kube/wire.js';

export interface Owners {
  /** The Deployment that owns the pod, as far as the caches know. */
  deploymentOf(pod: Pod): Deployment | undefined;
  /** The same, asking the API server where the caches do not know yet: a pod's event may come before that of its owner. */
  findDeployment(pod: Pod): Promise<Deployment | undefined>;
}

type Caches = { replicaSets: Pick<WatchCache<ReplicaSet>, 'get'>; deployments: Pick<WatchCache<Deployment>, 'get'> };

/** Pod → ReplicaSet → Deployment by controller references, uid and all: a label alone owns nothing. */
export function createOwners(client: KubeClient, { replicaSets, deployments }: Caches): Owners {
  async function fetched<T>(path: string): Promise<T | undefined> {
    try {
      return await client.get<T>(path);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  return {
    deploymentOf: (pod) => {
      const namespace = pod.metadata?.namespace ?? '';
      const replicaSet = owner(pod.metadata, 'ReplicaSet', (name) => replicaSets.get(namespace, name));
      return owner(replicaSet?.metadata, 'Deployment', (name) => deployments.get(namespace, name));
    },
    findDeployment: async (pod) => {
      const namespace = pod.metadata?.namespace ?? '';
      const replicaSet = await ownerLater(
        pod.metadata,
        'ReplicaSet',
        async (name) => replicaSets.get(namespace, name) ?? (await fetched<ReplicaSet>(paths.replicaSets(namespace, name))),
      );
      return ownerLater(
        replicaSet?.metadata,
        'Deployment',
        async (name) => deployments.get(namespace, name) ?? (await fetched<Deployment>(paths.deployments(namespace, name))),
      );
    },
  };
}

interface Owned {
  metadata?: ObjectMeta;
}

function owner<T extends Owned>(of: ObjectMeta | undefined, kind: string, find: (name: string) => T | undefined): T | undefined {
  const reference = controllerOf(of, kind);
  const found = reference === undefined ? undefined : find(reference.name);
  return found?.metadata?.uid === reference?.uid ? found : undefined;
}

async function ownerLater<T extends Owned>(
  of: ObjectMeta | undefined,
  kind: string,
  find: (name: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  const reference = controllerOf(of, kind);
  const found = reference === undefined ? undefined : await find(reference.name);
  return found?.metadata?.uid === reference?.uid ? found : undefined;
}

/** The reference to the controller of an object, where that is of this kind. */
export function controllerOf(metadata: ObjectMeta | undefined, kind: string) {
  return metadata?.ownerReferences?.find((reference) => reference.controller === true && reference.kind === kind);
}
