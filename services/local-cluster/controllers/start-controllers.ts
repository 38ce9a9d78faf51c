import type { KubeConfig } from '@kubernetes/client-node';
import { type Clock, sleep } from '#shared/clock/clock.js';
import { createKubeClient, type KubeClient } from '#shared/kube/kube-client.js';
import { createWatchCache, type WatchCache } from '#shared/kube/watch-cache.js';
import type { Deployment, KubeObject, Lease, Namespace, Node, Pod, ReplicaSet } from '#shared/kube/wire.js';
import { errorText, type Logger } from '#shared/observe/logger.js';
import { startDeploymentController } from './deployment/deployment-controller.js';
import { startGarbageCollector } from './garbage-collector/garbage-collector.js';
import { type ApiResource, discoverResources, resourceOf } from './machinery/api-resources.js';
import type { Controller, ControllerContext } from './machinery/controller-context.js';
import { createEventRecorder } from './machinery/event-recorder.js';
import { indexBy } from './machinery/object-feed.js';
import { controllerKeys } from './machinery/owner.js';
import { startNamespaceController } from './namespace/namespace-controller.js';
import { startServiceAccountController } from './namespace/service-account-controller.js';
import { startLostPodController } from './node/lost-pod-controller.js';
import { startNodeController } from './node/node-controller.js';
import { startReplicaSetController } from './replica-set/replica-set-controller.js';
import { startScheduler } from './scheduler/scheduler.js';

export interface ControllersOptions {
  kubeConfig: KubeConfig;
  clock: Clock;
  logger: Logger;
  /** How long a node may give no sign of life before it counts as not ready; 40 s. */
  nodeGraceMs?: number;
}

const NODE_GRACE_MS = 40_000;
const FIRST_CONTACT_RETRY_MS = 200;
/** What every kind that is followed must be able to. Events own nothing, are owned by nothing, and are too many. */
const FOLLOWED_VERBS = ['list', 'watch', 'delete'];
const NOT_FOLLOWED = ['Event'];

/**
 * Runs the controllers of a cluster over its API: deployments, replica sets, scheduling, owner garbage collection, namespaces and
 * nodes. Resolves when the caches have been filled and the work has begun; waits for an API server that is not up yet.
 * `stop` ends every watch, timer and connection, and waits for writes under way.
 */
export async function startControllers(options: ControllersOptions): Promise<{ stop(): Promise<void> }> {
  const { kubeConfig, clock, logger, nodeGraceMs = NODE_GRACE_MS } = options;
  const client = createKubeClient(kubeConfig);
  const resources = await discoverWhenUp(client, clock, logger);
  const followed = resources.filter(
    ({ kind, verbs }) => !NOT_FOLLOWED.includes(kind) && FOLLOWED_VERBS.every((verb) => verbs.includes(verb)),
  );
  const caches = new Map<ApiResource, WatchCache<KubeObject>>();
  const close = (): void => {
    for (const cache of caches.values()) cache.stop();
    client.close();
  };
  try {
    for (const resource of followed) {
      caches.set(resource, createWatchCache({ kubeConfig, client, path: resource.collection(), clock, logger }));
    }
    await Promise.all([...caches.values()].map((cache) => cache.start()));
    const events = createEventRecorder({ client, clock, logger });
    const controllers = startAll({ client, events, clock, logger }, resources, caches, nodeGraceMs);
    return {
      stop: async () => {
        await Promise.all(controllers.map((controller) => controller.stop()));
        await events.stop();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

function startAll(
  context: ControllerContext,
  resources: readonly ApiResource[],
  caches: ReadonlyMap<ApiResource, WatchCache<KubeObject>>,
  nodeGraceMs: number,
): Controller[] {
  const found = (apiVersion: string, kind: string): ApiResource => {
    const resource = resourceOf(resources, apiVersion, kind);
    if (resource === undefined) throw new Error(`the API server offers no ${apiVersion} ${kind}`);
    return resource;
  };
  const cacheOf = <T extends KubeObject>(apiVersion: string, kind: string): WatchCache<T> => {
    const cache = caches.get(found(apiVersion, kind));
    if (cache === undefined) throw new Error(`${apiVersion} ${kind} cannot be listed, watched and deleted`);
    // The path decides what the objects are.
    return cache as unknown as WatchCache<T>;
  };
  const deployments = cacheOf<Deployment>('apps/v1', 'Deployment');
  const replicaSets = cacheOf<ReplicaSet>('apps/v1', 'ReplicaSet');
  const pods = cacheOf<Pod>('v1', 'Pod');
  const nodes = cacheOf<Node>('v1', 'Node');
  const namespaces = cacheOf<Namespace>('v1', 'Namespace');
  const leases = cacheOf<Lease>('coordination.k8s.io/v1', 'Lease');
  const serviceAccounts = cacheOf('v1', 'ServiceAccount');
  // Indexes before controllers: what a controller is told of, it must find.
  const podsByController = indexBy(pods, controllerKeys);
  const podsByNode = indexBy(pods, (pod) => (pod.spec?.nodeName === undefined ? [] : [pod.spec.nodeName]));
  const isInContact = (): boolean => nodes.staleSince() === undefined && leases.staleSince() === undefined;
  return [
    startDeploymentController(context, { deployments, replicaSets, pods, podsByController }),
    startReplicaSetController(context, { replicaSets, pods, podsByController }),
    startScheduler(context, { nodes, pods }),
    startGarbageCollector(
      context,
      [...caches].map(([resource, feed]) => ({ resource, feed })),
      resources,
    ),
    startNamespaceController(context, { namespaces, contents: [...caches.values()] }, resources),
    startServiceAccountController(context, { namespaces, serviceAccounts }, found('v1', 'ServiceAccount')),
    startNodeController(context, { nodes, leases, podsByNode, isInContact }, nodeGraceMs),
    startLostPodController(context, { nodes, pods, podsByNode }),
  ];
}

async function discoverWhenUp(client: KubeClient, clock: Clock, logger: Logger): Promise<ApiResource[]> {
  let told = '';
  for (;;) {
    try {
      return await discoverResources(client);
    } catch (error) {
      const text = errorText(error);
      // Once per reason: it may take a while, and it may be a wrong token.
      if (text !== told) logger.warn('waiting for the API server', { error: text });
      told = text;
      await sleep(clock, FIRST_CONTACT_RETRY_MS);
    }
  }
}
