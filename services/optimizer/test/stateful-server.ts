import axios, { type AxiosInstance } from 'axios';
import { expect } from 'chai';
import { listen } from '#shared/http/listen.js';
import { silentLogger, type Logger } from '#shared/observe/logger.js';
import { createMetrics } from '#shared/observe/metrics.js';
import { createApp } from '../app.js';
import { buildSystem } from './system-builder.js';

/** The lists of the state: how to set and get them, and where their items stand in the data files and in `system`. */
export const lists = [
  { set: '/setAccelerators', get: '/getAccelerators', file: 'accelerator', section: 'acceleratorData' },
  { set: '/setCapacities', get: '/getCapacities', file: 'capacity', section: 'capacityData' },
  { set: '/setModels', get: '/getModels', file: 'model', section: 'modelData' },
  { set: '/setServiceClasses', get: '/getServiceClasses', file: 'serviceclass', section: 'serviceClassData' },
  { set: '/setServers', get: '/getServers', file: 'server', section: 'serverData' },
] as const;

export interface StatefulServer {
  http: AxiosInstance;
  /** Sets a small system: accelerators A100 and H100, model llama, class Premium, server s1. */
  fill: () => Promise<void>;
  /** All that is kept. */
  everything: () => Promise<unknown[]>;
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
  return {
    http,
    fill: async () => {
      const system = buildSystem();
      for (const { set, section } of lists) expect((await http.post(set, system[section])).status, set).to.equal(200);
    },
    everything: () => Promise.all(lists.map(async ({ get }) => (await http.get<unknown>(get)).data)),
    stop: () => listening.close(0),
  };
}
