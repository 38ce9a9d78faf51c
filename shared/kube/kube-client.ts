import https from 'node:https';
import http from 'node:http';
import type { KubeConfig } from '@kubernetes/client-node';
import axios, { AxiosError } from 'axios';
import { KubeError } from './kube-error.js';

export type PatchType = 'json' | 'merge' | 'strategic';

const patchContentTypes: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface KubeClient {
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T>;
  create<T>(path: string, body: unknown, query?: Query, signal?: AbortSignal): Promise<T>;
  replace<T>(path: string, body: unknown, query?: Query, signal?: AbortSignal): Promise<T>;
  patch<T>(path: string, type: PatchType, body: unknown, query?: Query, signal?: AbortSignal): Promise<T>;
  delete<T>(path: string, body?: unknown, query?: Query, signal?: AbortSignal): Promise<T>;
  /** Ends the kept connections. */
  close(): void;
}

const DEFAULT_TIMEOUT_MS = 15_000;
const MAX_CONNECTIONS = 32;

/**
 * The Kubernetes API as JSON over HTTPS, with the trust and credentials of a KubeConfig. Every call has a timeout; objects come
 * as they are on the wire (times as strings). Used instead of the library's generated clients where watch events and lists must
 * have one type, and a patch its own content type.
 * Errors: KubeError with the status and reason of the answer.
 */
export function createKubeClient(kubeConfig: KubeConfig, options: { timeoutMs?: number } = {}): KubeClient {
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const server = kubeConfig.getCurrentCluster()?.server ?? '';
  let agent: https.Agent | http.Agent | undefined;

  async function send<T>(
    method: string,
    path: string,
    query: Query | undefined,
    signal: AbortSignal | undefined,
    body?: unknown,
    contentType = 'application/json',
  ): Promise<T> {
    const tls: https.RequestOptions = {};
    // Asked at each call: a token file or an exec plugin may have new credentials.
    await kubeConfig.applyToHTTPSOptions(tls);
    agent ??= createAgent(server, tls);
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      const { data } = await axios.request<T>({
        method,
        url: server + path,
        params: query,
        ...(body === undefined ? {} : { data: JSON.stringify(body) }),
        headers: {
          ...(tls.headers as Record<string, string> | undefined),
          accept: 'application/json',
          ...(body === undefined ? {} : { 'content-type': contentType }),
        },
        ...(tls.auth === undefined || tls.auth === null ? {} : { auth: basicAuth(tls.auth) }),
        httpsAgent: agent,
        httpAgent: agent,
        proxy: false,
        maxRedirects: 0,
        maxContentLength: Infinity,
        maxBodyLength: Infinity,
        timeout: timeoutMs,
        signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      });
      return data;
    } catch (cause) {
      throw toKubeError(cause, `${method} ${path}`, timeoutMs, deadline.aborted);
    }
  }

  return {
    get: (path, query, signal) => send('GET', path, query, signal),
    create: (path, body, query, signal) => send('POST', path, query, signal, body),
    replace: (path, body, query, signal) => send('PUT', path, query, signal, body),
    patch: (path, type, body, query, signal) => send('PATCH', path, query, signal, body, patchContentTypes[type]),
    delete: (path, body, query, signal) => send('DELETE', path, query, signal, body),
    close: () => agent?.destroy(),
  };
}

function createAgent(server: string, tls: https.RequestOptions): https.Agent | http.Agent {
  const pool = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
  if (server.startsWith('http://')) return new http.Agent(pool);
  const { ca, cert, key, rejectUnauthorized, servername } = tls;
  return new https.Agent({
    ...pool,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(servername === undefined ? {} : { servername }),
  });
}

function basicAuth(auth: string): { username: string; password: string } {
  const colon = auth.indexOf(':');
  return { username: auth.slice(0, colon), password: auth.slice(colon + 1) };
}

function toKubeError(cause: unknown, call: string, timeoutMs: number, timedOut: boolean): Error {
  if (!(cause instanceof AxiosError)) return cause instanceof Error ? cause : new Error(String(cause));
  if (cause.response !== undefined) {
    const { status } = cause.response;
    const body = cause.response.data as { reason?: unknown; message?: unknown } | null | undefined;
    const reason = typeof body?.reason === 'string' ? body.reason : `HTTP ${status}`;
    const message = typeof body?.message === 'string' ? body.message : cause.response.statusText || reason;
    return new KubeError(status, reason, `${call}: ${message}`, { cause });
  }
  if (timedOut || cause.code === 'ECONNABORTED')
    return new KubeError(0, 'Timeout', `${call}: no answer within ${timeoutMs} ms`, { cause });
  return new KubeError(0, 'Unreachable', `${call}: ${cause.code ?? cause.message}`, { cause });
}
