import axios from 'axios';
import type { Clock } from '#shared/clock/clock.js';
import { cyclesResponseSchema, serversResponseSchema } from '#shared/contracts/controller.js';
import { collectResponseSchema } from '#shared/contracts/loop.js';
import { createPeerClient } from '#shared/http/peer-client.js';
import type { LoopState } from '../core/last-known.js';

export interface LoopWatcher {
  /** What controller and collector say now; undefined for one that does not answer. */
  read(signal: AbortSignal): Promise<LoopState>;
}

const TIMEOUT_MS = 3_000;

export function createLoopWatcher(options: { controllerUrl: string; collectorUrl: string; clock: Clock }): LoopWatcher {
  const { controllerUrl, collectorUrl, clock } = options;
  const controller = createPeerClient({ peer: 'controller', baseUrl: controllerUrl, timeoutMs: TIMEOUT_MS, retries: 0, clock });
  const collector = createPeerClient({ peer: 'collector', baseUrl: collectorUrl, timeoutMs: TIMEOUT_MS, retries: 0, clock });
  return {
    read: async (signal) => {
      const [decided, cycles, collected] = await Promise.all([
        controller.get('/servers', serversResponseSchema, signal).catch(() => undefined),
        controller.get('/cycles?limit=1', cyclesResponseSchema, signal).catch(() => undefined),
        collector.get('/collect', collectResponseSchema, signal).catch(() => undefined),
      ]);
      return { decided, lastCycle: cycles?.cycles[0], collected };
    },
  };
}

/** Whether a service answers `/health` with a 2xx. */
export async function isHealthy(url: string, signal: AbortSignal): Promise<boolean> {
  return axios.get(`${url}/health`, { timeout: TIMEOUT_MS, signal, proxy: false }).then(
    () => true,
    () => false,
  );
}
