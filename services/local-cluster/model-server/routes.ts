import type { IncomingMessage, ServerResponse } from 'node:http';
import { EXPOSITION_CONTENT_TYPE } from './exposition.js';
import { generate, type GenerationContext } from './generate.js';
import { parseChatRequest, parseCompletionRequest } from './generation-request.js';
import { ClientGone, readJson, sendBody, sendJson } from './http-body.js';
import { OpenAiError } from './openai-error.js';
import type { VllmMetrics } from './vllm-metrics.js';

/** What the routes of one model server work on. */
export interface ModelServerContext extends GenerationContext {
  metrics: VllmMetrics;
  startedS: number;
  /** `starting` and `draining` servers answer no requests. */
  phase(): 'starting' | 'ready' | 'draining';
}

type Handler = (context: ModelServerContext, incoming: IncomingMessage, response: ServerResponse) => void | Promise<void>;

interface Route {
  method: 'GET' | 'POST';
  handle: Handler;
}

/** One table for all model servers of the process: a server of its own costs a listening socket and little more. */
const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/health', { method: 'GET', handle: health }],
  ['/metrics', { method: 'GET', handle: metrics }],
  ['/v1/models', { method: 'GET', handle: models }],
  ['/v1/chat/completions', { method: 'POST', handle: generation(parseChatRequest) }],
  ['/v1/completions', { method: 'POST', handle: generation(parseCompletionRequest) }],
  ['/reset_prefix_cache', { method: 'POST', handle: resetPrefixCache }],
]);

/** Answers one request; never rejects. Errors are in OpenAI's shape, those nobody foresaw 500 with `onError` told. */
export async function answerRequest(
  context: ModelServerContext,
  incoming: IncomingMessage,
  response: ServerResponse,
  onError: (error: unknown) => void,
): Promise<void> {
  try {
    await dispatch(context, incoming, response);
  } catch (error) {
    if (error instanceof ClientGone || response.destroyed) return;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (!(error instanceof OpenAiError)) onError(error);
    const known = error instanceof OpenAiError ? error : new OpenAiError(500, 'internal error');
    // What has not been read of a refused body would be taken for the next request.
    if (!incoming.complete) response.setHeader('connection', 'close');
    sendJson(response, known.status, known.body());
  }
}

function dispatch(context: ModelServerContext, incoming: IncomingMessage, response: ServerResponse): void | Promise<void> {
  const [path = ''] = (incoming.url ?? '').split('?', 1);
  const route = routes.get(path);
  if (route === undefined) throw new OpenAiError(404, `no such endpoint: ${path}`);
  const method = incoming.method === 'HEAD' ? 'GET' : incoming.method;
  if (method !== route.method) {
    response.setHeader('allow', route.method);
    throw new OpenAiError(405, `${path} takes ${route.method}, not ${incoming.method ?? ''}`);
  }
  return route.handle(context, incoming, response);
}

function health(context: ModelServerContext, _incoming: IncomingMessage, response: ServerResponse): void {
  requirePhase(context, 'ready');
  sendBody(response, 200, 'text/plain', '');
}

/** A server that has not started has no figures: 503 and not zeros, which would read as idle. */
function metrics(context: ModelServerContext, _incoming: IncomingMessage, response: ServerResponse): void {
  requirePhase(context, 'ready', 'draining');
  const counters = context.engine.counters();
  sendBody(response, 200, EXPOSITION_CONTENT_TYPE, context.metrics.render(counters));
}

function models(context: ModelServerContext, _incoming: IncomingMessage, response: ServerResponse): void {
  requirePhase(context, 'ready', 'draining');
  const { modelName, maxModelLen, startedS } = context;
  const model = { id: modelName, object: 'model', created: startedS, owned_by: 'vllm', root: modelName, parent: null };
  sendJson(response, 200, JSON.stringify({ object: 'list', data: [{ ...model, max_model_len: maxModelLen }] }));
}

function generation(parse: typeof parseChatRequest): Handler {
  return async (context, incoming, response) => {
    const request = parse(await readJson(incoming));
    requirePhase(context, 'ready');
    generate(context, request, incoming, response);
  };
}

function resetPrefixCache(context: ModelServerContext, _incoming: IncomingMessage, response: ServerResponse): void {
  requirePhase(context, 'ready', 'draining');
  context.engine.resetPrefixCache();
  sendBody(response, 200, 'text/plain', '');
}

function requirePhase(context: ModelServerContext, ...phases: ReturnType<ModelServerContext['phase']>[]): void {
  const phase = context.phase();
  if (!phases.includes(phase)) throw new OpenAiError(503, `the server is ${phase}`);
}
