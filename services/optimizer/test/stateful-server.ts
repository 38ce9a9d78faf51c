import axios, { type AxiosInstance } from 'axios';
import { listen } from '#shared/http/listen.js';
import { silentLogger, type Logger } from '#shared/observe/logger.js';
import { createMetrics } from '#shared/observe/metrics.js';
import { createApp } from '../app.js';

export interface StatefulServer {
  http: AxiosInstance;
  stop: () => Promise<void>;
}

/** A stateful optimizer on a free port, and a client that takes every status for an answer. */
export async function startStateful(apiToken = '', logger: Logger = silentLogger): Promise<StatefulServer> {
  const app = createApp({
    options: { firstTokenWithPrefill: false },
    elapsedMs: () => 0,
    logger,
    registry: createMetrics('optimizer'),
    stateful: { apiToken },
  });
  const listening = await listen(app, { host: '127.0.0.1', port: 0, portVariable: 'INFERNO_PORT' });
  const http = axios.create({ baseURL: listening.url, validateStatus: () => true, proxy: false });
  return { http, stop: () => listening.close(0) };
}
