import { Router, type Express } from 'express';
import type { Registry } from 'prom-client';
import { createServiceApp } from '#shared/http/create-service-app.js';
import { requireToken } from '#shared/http/require-token.js';
import type { Logger } from '#shared/observe/logger.js';
import type { ControlLoop } from './cycle/control-loop.js';
import { loopHealth } from './cycle/loop-health.js';
import type { Actuator, Collector } from './ports.js';
import { controlRoutes } from './routes/control.js';
import type { EventStream } from './routes/events.js';
import { invokeRoutes } from './routes/invoke.js';
import { readRoutes } from './routes/read.js';
import { wakeRoutes } from './routes/wake.js';
import { workerRoutes } from './routes/workers.js';

export interface ControllerAppOptions {
  loop: ControlLoop;
  collector: Collector;
  actuator: Actuator;
  events: EventStream;
  nextCycleAt: () => number | null;
  history: number;
  apiToken: string;
  logger: Logger;
  registry: Registry;
}

/** The controller's endpoints; see each of its rooms of routes. */
export function createApp(options: ControllerAppOptions): Express {
  const { loop, collector, actuator, events, nextCycleAt, history, apiToken, logger, registry } = options;
  const authorize = requireToken(apiToken);
  const routes = Router();
  routes.use(invokeRoutes(loop, authorize));
  routes.use(readRoutes({ loop, nextCycleAt, history }));
  routes.use(workerRoutes(collector));
  routes.use(controlRoutes(loop, actuator, authorize));
  routes.use(wakeRoutes(loop, authorize));
  routes.use(events.router);
  return createServiceApp({ service: 'controller', logger, registry, routes, health: () => loopHealth(loop, nextCycleAt()) });
}
