import axios, { AxiosError, type AxiosInstance } from 'axios';
import type { z } from 'zod';
import type { Clock } from '#shared/clock/clock.js';
import { sleep } from '#shared/clock/clock.js';
import { ContractError } from '#shared/contracts/contract-error.js';
import { parseContract } from '#shared/contracts/parse-contract.js';
import { errorText } from '#shared/observe/logger.js';
import { ServiceError } from './service-error.js';

const LARGEST_ANSWER_BYTES = 256 * 1024 * 1024;

export interface PeerClientOptions {
  /** Name of the peer, for messages. */
  peer: string;
  baseUrl: string;
  timeoutMs: number;
  clock: Clock;
  apiToken?: string;
  /** Further tries of a GET or PUT after a failed connection or a 5xx; POSTs are sent once. */
  retries?: number;
}

export interface PeerClient {
  get<S extends z.ZodType>(path: string, schema: S, signal?: AbortSignal): Promise<z.output<S>>;
  post<S extends z.ZodType>(path: string, body: unknown, schema: S, signal?: AbortSignal): Promise<z.output<S>>;
  put<S extends z.ZodType>(path: string, body: unknown, schema: S, signal?: AbortSignal): Promise<z.output<S>>;
}

interface PeerRequest {
  method: 'GET' | 'POST' | 'PUT';
  url: string;
  data?: unknown;
}

const RETRY_DELAY_MS = 200;

/**
 * A peer service over REST: every call has a timeout and an abort signal, every answer is checked against its contract.
 * Failures are ServiceErrors that name the peer: PEER_TIMEOUT, PEER_FAILED (refused, or nonsense), UNAVAILABLE (not there).
 */
export function createPeerClient(options: PeerClientOptions): PeerClient {
  const { peer, baseUrl, timeoutMs, apiToken = '', retries = 1, clock } = options;
  const http = axios.create({
    baseURL: baseUrl,
    timeout: timeoutMs,
    maxContentLength: LARGEST_ANSWER_BYTES,
    maxBodyLength: LARGEST_ANSWER_BYTES,
    maxRedirects: 0,
    // A proxy of the environment must never sit between the services of one loop.
    proxy: false,
    headers: apiToken === '' ? {} : { authorization: `Bearer ${apiToken}` },
  });

  async function sendIdempotent<S extends z.ZodType>(
    request: PeerRequest,
    schema: S,
    signal: AbortSignal | undefined,
  ): Promise<z.output<S>> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await send(http, peer, request, schema, timeoutMs, signal);
      } catch (error) {
        if (attempt >= retries || signal?.aborted === true || !isWorthRetrying(error)) throw error;
        await sleep(clock, RETRY_DELAY_MS * 2 ** attempt, signal);
      }
    }
  }

  return {
    get: (path, schema, signal) => sendIdempotent({ method: 'GET', url: path }, schema, signal),
    put: (path, body, schema, signal) => sendIdempotent({ method: 'PUT', url: path, data: body }, schema, signal),
    post: (path, body, schema, signal) => send(http, peer, { method: 'POST', url: path, data: body }, schema, timeoutMs, signal),
  };
}

async function send<S extends z.ZodType>(
  http: AxiosInstance,
  peer: string,
  request: PeerRequest,
  schema: S,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<z.output<S>> {
  // axios' own timeout starts anew with every byte of some transports; this one ends the call whatever the peer does.
  const deadline = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  try {
    const { data } = await http.request<unknown>({ ...request, signal: either });
    return parseContract(schema, data, `answer of ${peer} to ${request.method} ${request.url}`).value;
  } catch (cause) {
    throw explain(cause, peer, request, timeoutMs, deadline.aborted);
  }
}

function explain(
  cause: unknown,
  peer: string,
  request: { method: string; url: string },
  timeoutMs: number,
  timedOut: boolean,
): Error {
  const call = `${peer}: ${request.method} ${request.url}`;
  if (cause instanceof ContractError) {
    return new ServiceError('PEER_FAILED', `${call}: answer breaks its contract: ${firstLine(cause.message)}`, {
      details: cause.issues,
      cause,
    });
  }
  if (!(cause instanceof AxiosError)) return cause instanceof Error ? cause : new Error(String(cause));
  if (timedOut || cause.code === 'ECONNABORTED' || cause.code === 'ETIMEDOUT') {
    return new ServiceError('PEER_TIMEOUT', `${call}: no answer within ${timeoutMs} ms`, { cause });
  }
  if (cause.response !== undefined && cause.response.status < 300) {
    return new ServiceError('PEER_FAILED', `${call}: the answer broke off (${cause.code ?? cause.message})`, { cause });
  }
  if (cause.response !== undefined) {
    const message = messageOf(cause.response.data);
    return new ServiceError('PEER_FAILED', `${call}: answered ${cause.response.status}${message}`, {
      details: cause.response.status,
      cause,
    });
  }
  return new ServiceError('UNAVAILABLE', `${call}: not reachable (${cause.code ?? errorText(cause)})`, { cause });
}

function isWorthRetrying(error: unknown): boolean {
  if (!(error instanceof ServiceError)) return false;
  return (
    error.code === 'UNAVAILABLE' || (error.code === 'PEER_FAILED' && typeof error.details === 'number' && error.details >= 500)
  );
}

function messageOf(data: unknown): string {
  const message = (data as { error?: { message?: unknown } } | null)?.error?.message;
  return typeof message === 'string' ? `: ${firstLine(message)}` : '';
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
