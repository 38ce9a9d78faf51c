import type { KubeConfig } from '@kubernetes/client-node';
import type { Express } from 'express';
import type { Registry } from 'prom-client';
import type { Clock } from '#shared/clock/clock.js';
import { createKubeClient } from '#shared/kube/kube-client.js';
import { labels } from '#shared/kube/names.js';
import { paths } from '#shared/kube/paths.js';
import { createWatchCache } from '#shared/kube/watch-cache.js';
import type { Deployment } from '#shared/kube/wire.js';
import type { Logger } from '#shared/observe/logger.js';
import { createKubeControlStore } from './adapters/kube-control-store.js';
import { createKubeDeploymentStore } from './adapters/kube-deployment-store.js';
import { createKubeEventStore } from './adapters/kube-event-store.js';
import { createApp } from './app.js';
import { createEventRaiser } from './raise-events.js';
import { createEndWarner } from './warn-abrupt-ends.js';
import { createFinisher } from './finish-changes.js';

export interface ActuatorOptions {
  kubeConfig: KubeConfig;
  clock: Clock;
  logger: Logger;
  registry: Registry;
  apiToken: string;
  /** Empty: all. */
  watchNamespace: string;
  /** Where the loop itself keeps its state. */
  namespace: string;
  concurrency: number;
  retrySec: number;
  drainTimeoutSec: number;
}

export interface Actuator {
  app: Express;
  stop(): Promise<void>;
}

/** The actuator at work on a cluster, without its listener. It starts whether or not the API server is there. */
export function startActuator(options: ActuatorOptions): Actuator {
  const { kubeConfig, clock, logger, registry, apiToken, concurrency } = options;
  const client = createKubeClient(kubeConfig);
  const store = createKubeDeploymentStore(client);
  const cache = createWatchCache<Deployment>({
    kubeConfig,
    client,
    path: paths.deployments(options.watchNamespace),
    query: { labelSelector: `${labels.managed}=true` },
    clock,
    logger,
  });
  const events = createEventRaiser({ store: createKubeEventStore(client), clock, logger });
  const warner = createEndWarner(events.raise, options.drainTimeoutSec);
  cache.onChange((type, deployment) => {
    if (type === 'deleted') warner.forget(deployment);
    else warner.see(deployment);
  });
  const finisher = createFinisher({
    store,
    raise: events.raise,
    deployments: {
      list: () => cache.list(),
      staleSince: () => cache.staleSince(),
      onChange: (listener) =>
        cache.onChange((type, deployment) => {
          if (type !== 'deleted') listener(deployment);
        }),
    },
    clock,
    logger,
    retryMs: options.retrySec * 1000,
  });
  // Only `stop` before the first contact rejects; the cache itself keeps trying.
  cache.start().catch(() => undefined);
  finisher.start();

  const app = createApp({
    store,
    raise: events.raise,
    now: () => clock.now(),
    concurrency,
    control: createKubeControlStore(client, options.namespace),
    status: () => finisher.status(),
    staleSince: () => cache.staleSince(),
    apiToken,
    logger,
    registry,
  });
  return {
    app,
    stop: async () => {
      cache.stop();
      await finisher.stop();
      await events.stop();
      client.close();
    },
  };
}
