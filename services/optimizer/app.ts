import { type Express, Router } from 'express';
import type { Registry } from 'prom-client';
import { createServiceApp } from '#shared/http/create-service-app.js';
import { requireToken } from '#shared/http/require-token.js';
import type { Logger } from '#shared/observe/logger.js';
import { createAnswerer, type Answered, type Answerer, type AnswererOptions, type Question } from './answerer.js';
import { explainDetailOf } from './explain-detail.js';
import { logAnswer } from './log-answer.js';
import { createSolveMetrics } from './metrics.js';
import { problemSize } from './problem-size.js';
import { sendJson } from './send-json.js';
import { statefulRoutes, statelessHints } from './stateful/routes.js';
import { whileConnected } from './while-connected.js';

export interface OptimizerAppOptions extends AnswererOptions {
  logger: Logger;
  registry: Registry;
  /** Answers large problems apart, so that all else is answered meanwhile; absent: they are answered as the others are. */
  large?: { answer: Answerer; fromSize?: number };
  /** Besides, keep a system that is changed item by item; absent: nothing is kept. */
  stateful?: { apiToken: string };
}

/** A problem of ten thousand servers is about 5 MB. */
const BODY_LIMIT = '64mb';

/**
 * Servers × accelerators from which a problem is large. Contested, 200 × 10 may take half a second and 60 × 10 a tenth of one, for
 * which a probe can wait. Below it, nothing is spent on another thread; sample-data/large has 27 × 21.
 */
const LARGE = 600;

/** `POST /optimizeOne`: the whole problem in, allocations with their explanations out; and the endpoints of the stateful mode. */
export function createApp({ logger, registry, large, stateful, ...own }: OptimizerAppOptions): Express {
  const observe = createSolveMetrics(registry);
  const answerHere = createAnswerer(own);
  const routes = Router();

  const answer = async (question: Question, signal: AbortSignal): Promise<Answered['json']> => {
    const isLarge = large !== undefined && problemSize(question) >= (large.fromSize ?? LARGE);
    const { json, digest } = await (isLarge ? large.answer : answerHere)(question, signal);
    observe(digest);
    logAnswer(logger, digest);
    return json;
  };

  routes.post('/optimizeOne', async (request, response) => {
    const question: Question = { kind: 'body', body: request.body as unknown, detail: explainDetailOf(request) };
    sendJson(response, await answer(question, whileConnected(response)));
  });
  routes.use(
    stateful === undefined ? statelessHints() : statefulRoutes({ authorize: requireToken(stateful.apiToken), answer, logger }),
  );

  return createServiceApp({ service: 'optimizer', logger, registry, routes, bodyLimit: BODY_LIMIT });
}
