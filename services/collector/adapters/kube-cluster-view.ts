import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '#shared/clock/clock.js';
import type { KubeClient } from '#shared/kube/kube-client.js';
import { CONTROL_CONFIG_MAP, labels } from '#shared/kube/names.js';
import { paths } from '#shared/kube/paths.js';
import { createWatchCache, type WatchCache } from '#shared/kube/watch-cache.js';
import type { ConfigMap, Deployment, KubeObject, Pod, ReplicaSet } from '#shared/kube/wire.js';
import type { Logger } from '#shared/observe/logger.js';
import type { ClusterView } from '../ports.js';

export interface KubeClusterViewOptions {
  kubeConfig: KubeConfig;
  client: KubeClient;
  clock: Clock;
  logger: Logger;
  /** Empty: all. */
  watchNamespace: string;
  /** Where the loop itself keeps its state. */
  namespace: string;
  /** So long may a watch be without contact before nothing is told any more. */
  staleLimitMs: number;
}

export interface KubeClusterView extends ClusterView {
  start(): void;
  stop(): void;
}

interface Watched {
  what: string;
  cache: WatchCache<KubeObject>;
  synced: boolean;
}

/** Watch caches of all that the collector looks at. Nothing is listed per request. */
export function createKubeClusterView(options: KubeClusterViewOptions): KubeClusterView {
  const { kubeConfig, client, clock, logger, watchNamespace, namespace, staleLimitMs } = options;
  const watched: Watched[] = [];

  function follow<T extends KubeObject>(what: string, path: string, query: Record<string, string> = {}): WatchCache<T> {
    const cache = createWatchCache<T>({ kubeConfig, client, path, query, clock, logger });
    watched.push({ what, cache, synced: false });
    return cache;
  }

  const deployments = follow<Deployment>('deployments', paths.deployments(watchNamespace), {
    labelSelector: `${labels.managed}=true`,
  });
  // Neither carries a label of ours for certain: what belongs is decided by owner, so all of them are followed.
  const replicaSets = follow<ReplicaSet>('replicasets', paths.replicaSets(watchNamespace));
  const pods = follow<Pod>('pods', paths.pods(watchNamespace), {
    fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
  });
  const configMaps = follow<ConfigMap>('configmaps', paths.configMaps(namespace), {
    fieldSelector: `metadata.name=${CONTROL_CONFIG_MAP.name}`,
  });

  return {
    start: () => {
      for (const one of watched) {
        one.cache.start().then(
          () => {
            one.synced = true;
          },
          // Only a stop before the first contact.
          () => undefined,
        );
      }
    },
    stop: () => watched.forEach(({ cache }) => cache.stop()),
    snapshot: () => ({
      deployments: deployments.list(),
      replicaSets: replicaSets.list(),
      pods: pods.list(),
      control: configMaps.get(namespace, CONTROL_CONFIG_MAP.name),
    }),
    unusable: (nowMs) => {
      const reasons = watched.flatMap(({ what, cache, synced }) => {
        const since = cache.staleSince();
        if (!synced) return [`${what} were not read yet`];
        if (since === undefined || nowMs - since <= staleLimitMs) return [];
        return [`${what}: no contact with the API server since ${new Date(since).toISOString()}`];
      });
      return reasons.length === 0 ? undefined : reasons.join('; ');
    },
  };
}
