import { Router, type Request, type RequestHandler, type Response } from 'express';
import { parseContract } from '#shared/contracts/parse-contract.js';
import { optimizerDataSchema } from '#shared/contracts/system-data.js';
import { refuseHead } from '#shared/http/refuse-head.js';
import { ServiceError } from '#shared/http/service-error.js';
import type { Logger } from '#shared/observe/logger.js';
import type { Answered, Question } from '../answerer.js';
import { Refusal } from '../core/state/refusal.js';
import { emptyState, systemOf, type SystemState } from '../core/state/system-state.js';
import { explainDetailOf } from '../explain-detail.js';
import { sendJson } from '../send-json.js';
import { whileConnected } from '../while-connected.js';
import { collectionVerbs } from './collection-verbs.js';
import { modelVerbs } from './model-verbs.js';
import { serviceClassVerbs } from './service-class-verbs.js';
import type { Verb } from './verb.js';

const verbs: readonly Verb[] = [...collectionVerbs, ...modelVerbs, ...serviceClassVerbs];

export interface StatefulRoutesOptions {
  /** Middleware of what changes something. */
  authorize: RequestHandler;
  /** Answers a problem, unless the signal aborts first. */
  answer: (question: Question, signal: AbortSignal) => Promise<Answered['json']>;
  logger: Logger;
}

/**
 * The endpoints that keep a system and optimize it. It is kept in memory alone and begins empty. A change replaces the state as a
 * whole between two turns of the event loop; a solve keeps the state that it began with, however long it takes.
 */
export function statefulRoutes({ authorize, answer: answerOf, logger }: StatefulRoutesOptions): Router {
  const router = Router();
  let state = emptyState;

  for (const verb of verbs) {
    const handle = (request: Request, response: Response): void => {
      const { state: next, answer, warnings } = run(verb, state, request);
      if (verb.changes) logger.info('state changed', { by: `${request.method} ${request.path}`, ...sizesOf(next) });
      for (const warning of warnings ?? []) logger.warn(warning);
      state = next;
      response.set('cache-control', 'no-store').json(warnings === undefined ? answer : { ...answer, warnings });
    };
    if (verb.methods.includes('delete')) router.head(verb.path, refuseHead(['DELETE', 'GET']));
    for (const method of verb.methods) router[method](verb.path, ...(verb.changes ? [authorize] : []), handle);
  }

  router.post('/optimize', async (request, response) => {
    const detail = explainDetailOf(request);
    const { value, warnings } = parseContract(optimizerDataSchema, request.body as unknown, 'body');
    const question: Question = { kind: 'system', system: systemOf(state, value), warnings, detail };
    sendJson(response, await answerOf(question, whileConnected(response)));
  });
  return router;
}

/** The same paths of an optimizer that keeps nothing: 404 with what is missing. */
export function statelessHints(): Router {
  const router = Router();
  for (const path of new Set([...verbs.map((verb) => verb.path), '/optimize'])) {
    router.all(path, (request) => {
      const hint = 'started without -F (or INFERNO_STATEFUL=true), so it keeps no state; POST /optimizeOne takes a whole problem';
      throw new ServiceError('NOT_FOUND', `no such endpoint: ${request.method} ${request.path}: ${hint}`);
    });
  }
  return router;
}

function run(verb: Verb, state: SystemState, request: Request): ReturnType<Verb['run']> {
  const params = Object.fromEntries(Object.entries(request.params).map(([name, value]) => [name, String(value)]));
  try {
    return verb.run(state, { params, body: request.body as unknown });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new ServiceError(error.why === 'unknown' ? 'NOT_FOUND' : 'CONFLICT', error.message, { cause: error });
  }
}

function sizesOf({ accelerators, capacities, models, serviceClasses, servers }: SystemState): Record<string, number> {
  return {
    accelerators: accelerators.length,
    types: capacities.length,
    models: models.names.length,
    classes: serviceClasses.length,
    servers: servers.length,
  };
}
