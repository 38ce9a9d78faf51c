import { type Express, Router } from 'express';
import type { Registry } from 'prom-client';
import { optimizeOneRequestSchema, type OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import { parseContract } from '#shared/contracts/parse-contract.js';
import { createServiceApp } from '#shared/http/create-service-app.js';
import type { Logger } from '#shared/observe/logger.js';
import { optimize } from './core/optimize.js';
import type { OptimizerOptions } from './core/options.js';
import { createSolveMetrics } from './metrics.js';

export interface OptimizerAppOptions {
  options: OptimizerOptions;
  /** Any steady clock, ms. */
  elapsedMs: () => number;
  logger: Logger;
  registry: Registry;
}

/** A problem of ten thousand servers is about 5 MB. */
const BODY_LIMIT = '64mb';

/** `POST /optimizeOne`: the whole problem in, allocations with their explanations out; nothing is kept between calls. */
export function createApp({ options, elapsedMs, logger, registry }: OptimizerAppOptions): Express {
  const observe = createSolveMetrics(registry);
  const routes = Router();

  routes.post('/optimizeOne', (request, response) => {
    const { value, warnings } = parseContract(optimizeOneRequestSchema, request.body as unknown, 'body');
    const startedMs = elapsedMs();
    const decision = optimize(value.system, options);
    const answer: OptimizeOneResponse = {
      ...decision,
      solver: { ...decision.solver, ms: elapsedMs() - startedMs },
      warnings: [...warnings, ...decision.warnings],
    };
    observe(answer);
    for (const warning of answer.warnings) logger.warn(warning);
    logger.info('solved', { servers: value.system.serverData.servers.length, ...answer.solver });
    response.json(answer);
  });

  return createServiceApp({ service: 'optimizer', logger, registry, routes, bodyLimit: BODY_LIMIT });
}
