import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Answer } from './answer.js';
import type { GenerationRequest } from './generation-request.js';
import { sendJson } from './http-body.js';
import { OpenAiError } from './openai-error.js';
import type { RealTimeEngine, Watcher } from './real-time-engine.js';
import type { FinishedReason } from './vllm-metrics.js';

export interface GenerationContext {
  engine: RealTimeEngine;
  modelName: string;
  maxModelLen: number;
  /** Length of the next answer that nothing cuts. */
  naturalTokens(): number;
  nowMs(): number;
}

/** Hands the request to the engine and answers when, and as, its tokens come. Throws OpenAiError 404 and 400. */
export function generate(
  context: GenerationContext,
  request: GenerationRequest,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  const length = outputLength(context, request);
  // Gone while its body was parsed: there will be no `close` to hear.
  if (response.destroyed) return;
  const header = incoming.headers['x-request-id'];
  const requestId = typeof header === 'string' && header !== '' ? header : randomUUID();
  const answer = new Answer(request, requestId, Math.floor(context.nowMs() / 1000));
  const watcher = request.stream ? streamed(answer, request, length, response) : whole(answer, length, response);
  const id = context.engine.submit(request.promptTokens, length.tokens, watcher);
  response.on('close', () => {
    if (!response.writableFinished) context.engine.abort(id);
  });
}

interface OutputLength {
  tokens: number;
  reason: FinishedReason;
}

/** How long the answer will be and why it ends there: by itself (`stop`), or at the token limit or the end of the context (`length`). */
function outputLength(context: GenerationContext, request: GenerationRequest): OutputLength {
  const { modelName, maxModelLen } = context;
  if (request.model !== modelName) throw new OpenAiError(404, `The model \`${request.model}\` does not exist.`, 'model');
  const room = maxModelLen - request.promptTokens;
  const limit = request.maxTokens ?? room;
  if (room < 1 || limit > room) {
    const asked = request.maxTokens === undefined ? '' : ` and max_tokens asks for ${request.maxTokens}`;
    const text = `This model's maximum context length is ${maxModelLen} tokens, but the prompt has ${request.promptTokens}${asked}.`;
    throw new OpenAiError(400, text, room < 1 ? 'prompt' : 'max_tokens');
  }
  if (request.minTokens > limit)
    throw new OpenAiError(400, `min_tokens must be at most max_tokens = ${limit}, got ${request.minTokens}`, 'min_tokens');
  const natural = request.ignoreEos ? Infinity : Math.max(request.minTokens, context.naturalTokens());
  return natural <= limit ? { tokens: natural, reason: 'stop' } : { tokens: limit, reason: 'length' };
}

function whole(answer: Answer, { tokens, reason }: OutputLength, response: ServerResponse): Watcher {
  return {
    streams: false,
    finishedReason: reason,
    tokens: () => undefined,
    finished: () => sendJson(response, 200, answer.whole(tokens, reason)),
  };
}

function streamed(answer: Answer, request: GenerationRequest, length: OutputLength, response: ServerResponse): Watcher {
  let sent = 0;
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  response.flushHeaders();
  const send = (data: string | undefined): void => {
    if (data !== undefined) response.write(`data: ${data}\n\n`);
  };
  const sendTokens = (count: number, reason: FinishedReason | null): void => {
    if (count === sent && reason === null) return;
    if (sent === 0) send(answer.opening());
    send(answer.tokens(sent, count, reason));
    sent = count;
  };
  return {
    streams: true,
    finishedReason: length.reason,
    tokens: (count) => sendTokens(count, null),
    finished: () => {
      sendTokens(length.tokens, length.reason);
      if (request.includeUsage) send(answer.usageChunk(length.tokens));
      send('[DONE]');
      response.end();
    },
  };
}
