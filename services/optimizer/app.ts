import { type Express, Router } from 'express';
import type { Registry } from 'prom-client';
import type { ExplainDetail, OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { createServiceApp } from '#shared/http/create-service-app.js';
import { requireToken } from '#shared/http/require-token.js';
import type { Logger } from '#shared/observe/logger.js';
import type { OptimizerOptions } from './core/options.js';
import { decide } from './decide.js';
import { explainDetailOf } from './explain-detail.js';
import { createSolveMetrics } from './metrics.js';
import type { ExactSolver } from './ports.js';
import { createProblemReader } from './read-problem.js';
import { statefulRoutes, statelessHints } from './stateful/routes.js';
import { whileConnected } from './while-connected.js';

export interface OptimizerAppOptions {
  options: OptimizerOptions;
  /** Any steady clock, ms. */
  elapsedMs: () => number;
  logger: Logger;
  registry: Registry;
  /** For the solver `milp`; absent: `auto` answers in its place. */
  exactSolver?: ExactSolver;
  /** Besides, keep a system that is changed item by item; absent: nothing is kept. */
  stateful?: { apiToken: string };
}

/** A problem of ten thousand servers is about 5 MB. */
const BODY_LIMIT = '64mb';

/** `POST /optimizeOne`: the whole problem in, allocations with their explanations out; and the endpoints of the stateful mode. */
export function createApp({ options, elapsedMs, logger, registry, exactSolver, stateful }: OptimizerAppOptions): Express {
  const observe = createSolveMetrics(registry);
  const readProblem = createProblemReader();
  const routes = Router();

  const solve = async (
    system: SystemSpec,
    bodyWarnings: readonly string[],
    detail: ExplainDetail,
    signal: AbortSignal,
  ): Promise<OptimizeOneResponse> => {
    const startedMs = elapsedMs();
    const decision = await decide(system, options, exactSolver, signal, detail);
    const answer: OptimizeOneResponse = {
      ...decision,
      solver: { ...decision.solver, ms: elapsedMs() - startedMs },
      warnings: [...bodyWarnings, ...decision.warnings],
    };
    observe(answer);
    for (const warning of answer.warnings) logger.warn(warning);
    logger.info('solved', { servers: system.serverData.servers.length, ...answer.solver });
    return answer;
  };

  routes.post('/optimizeOne', async (request, response) => {
    const detail = explainDetailOf(request);
    const { value, warnings } = readProblem(request.body);
    response.json(await solve(value.system, warnings, detail, whileConnected(response)));
  });
  routes.use(
    stateful === undefined ? statelessHints() : statefulRoutes({ authorize: requireToken(stateful.apiToken), solve, logger }),
  );

  return createServiceApp({ service: 'optimizer', logger, registry, routes, bodyLimit: BODY_LIMIT });
}
