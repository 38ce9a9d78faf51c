import { Router, type Express } from 'express';
import type { Registry } from 'prom-client';
import { createServiceApp } from '#shared/http/create-service-app.js';
import { ServiceError } from '#shared/http/service-error.js';
import type { Logger } from '#shared/observe/logger.js';
import { collect, type CollectSources } from './core/collect.js';
import type { ClusterView } from './ports.js';

export interface CollectorAppOptions extends CollectSources {
  view: ClusterView;
  now: () => number;
  logger: Logger;
  registry: Registry;
}

/** `GET /collect`: 503 with the reason when the cluster cannot be seen, so that nothing is decided on what was true once. */
export function createApp(options: CollectorAppOptions): Express {
  const { view, now, logger, registry } = options;
  const routes = Router();
  routes.get('/collect', (_request, response) => {
    const nowMs = now();
    const reason = view.unusable(nowMs);
    if (reason !== undefined) throw new ServiceError('UNAVAILABLE', `the cluster cannot be seen: ${reason}`);
    response.json(collect(view.snapshot(), options, nowMs));
  });
  return createServiceApp({
    service: 'collector',
    logger,
    registry,
    routes,
    health: () => {
      const reason = view.unusable(now());
      return reason === undefined ? { status: 'ok' } : { status: 'unavailable', reason };
    },
  });
}
