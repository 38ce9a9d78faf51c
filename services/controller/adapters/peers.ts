import type { Clock } from '#shared/clock/clock.js';
import { collectResponseSchema, controlStateSchema, updateResponseSchema } from '#shared/contracts/loop.js';
import { optimizeOneResponseSchema } from '#shared/contracts/optimizer.js';
import { createPeerClient } from '#shared/http/peer-client.js';
import type { Actuator, Collector, Optimizer } from '../ports.js';

export interface PeerOptions {
  baseUrl: string;
  timeoutMs: number;
  apiToken: string;
  clock: Clock;
}

export function createCollector(options: PeerOptions): Collector {
  const peer = createPeerClient({ peer: 'collector', ...options });
  return { collect: (signal) => peer.get('/collect', collectResponseSchema, signal) };
}

export function createOptimizer(options: PeerOptions): Optimizer {
  const peer = createPeerClient({ peer: 'optimizer', ...options });
  return { optimizeOne: (problem, signal) => peer.post('/optimizeOne', problem, optimizeOneResponseSchema, signal) };
}

export function createActuator(options: PeerOptions): Actuator {
  const peer = createPeerClient({ peer: 'actuator', ...options });
  return {
    update: (request, signal) => peer.post('/update', request, updateResponseSchema, signal),
    readControl: (signal) => peer.get('/control', controlStateSchema, signal),
    writeControl: (control, signal) => peer.post('/control', control, controlStateSchema, signal),
  };
}
