import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios, { type AxiosResponse } from 'axios';
import { realClock } from '#shared/clock/real-clock.js';
import type { Clock } from '#shared/clock/clock.js';
import { cycleRecordSchema, type CycleRecord } from '#shared/contracts/controller.js';
import { type ControlState, type ServerEvent, updateRequestSchema, type UpdateRequest } from '#shared/contracts/loop.js';
import { systemDataSchema } from '#shared/contracts/system-data.js';
import { listen } from '#shared/http/listen.js';
import { silentLogger } from '#shared/observe/logger.js';
import { createMetrics } from '#shared/observe/metrics.js';
import { createController, type ControllerOptions } from '../../controller.js';
import type { ControllerData } from '../../core/facts.js';
import { startFakePeer, type FakePeer } from './fake-peer.js';
import { collected, dataWith, type FleetServer } from './fleet.js';
import { toySolve } from './toy-solver.js';

/** Never reached by a peer that answers, on whatever machine. */
const PEER_TIMEOUT_SEC = 10;

/** A controller over real HTTP, with fake peers around a fleet that the tests own: what the actuator is told comes true at once. */
export interface Suite {
  url: string;
  fleet: FleetServer[];
  control: ControlState;
  /** Requests that reached the actuator to change something, and the events of all. */
  updates: UpdateRequest[];
  events: ServerEvent[];
  /** Servers that were to be repaired, of all requests. */
  repairs: string[];
  collector: FakePeer;
  optimizer: FakePeer;
  actuator: FakePeer;
  dataPath: string;
  writeData(data: Partial<ControllerData>): Promise<void>;
  get(path: string, headers?: Record<string, string>): Promise<AxiosResponse<unknown>>;
  head(path: string): Promise<AxiosResponse<unknown>>;
  post(path: string, headers?: Record<string, string>, body?: unknown): Promise<AxiosResponse<unknown>>;
  invoke(query?: string): Promise<CycleRecord>;
  stop(): Promise<void>;
}

export interface SuiteOptions extends Partial<ControllerOptions> {
  fleet: FleetServer[];
  clock?: Clock;
}

const fileNames: Record<keyof ControllerData, string> = {
  acceleratorData: 'accelerator-data.json',
  capacityData: 'capacity-data.json',
  modelData: 'model-data.json',
  serviceClassData: 'serviceclass-data.json',
  optimizerData: 'optimizer-data.json',
};

export async function startSuite({ fleet, ...overrides }: SuiteOptions): Promise<Suite> {
  const dataPath = await mkdtemp(join(tmpdir(), 'inferno-controller-'));
  const writeData = async (data: Partial<ControllerData>): Promise<void> => {
    for (const [name, value] of Object.entries(data)) {
      await writeFile(join(dataPath, fileNames[name as keyof ControllerData]), JSON.stringify(value));
    }
  };
  await writeData(dataWith());
  const updates: UpdateRequest[] = [];
  const events: ServerEvent[] = [];
  const repairs: string[] = [];
  const world = { fleet, control: { paused: false, servers: {} } as ControlState };

  const collector = await startFakePeer((_, response) => void response.json(collected(world.fleet, world.control)));
  const optimizer = await startFakePeer(
    (request, response) => void response.json(toySolve(systemDataSchema.parse(request.body))),
  );
  const actuator = await startFakePeer((request, response) => {
    if (request.path === '/control') {
      if (request.method !== 'GET') world.control = request.body as ControlState;
      response.json(world.control);
      return;
    }
    const update = updateRequestSchema.parse(request.body);
    if (Object.keys(update.allocations).length > 0) updates.push(update);
    events.push(...update.events);
    repairs.push(...update.repair);
    world.fleet = world.fleet.map((item) => {
      const change = update.allocations[item.name];
      if (change === undefined) return item;
      return { ...item, accelerator: change.accelerator, replicas: change.numReplicas, maxBatch: change.maxBatch };
    });
    const results = [...Object.keys(update.allocations), ...update.repair].map((name) => [
      name,
      { status: 'applied', reason: 'as told' },
    ]);
    response.json({ results: Object.fromEntries(results) as unknown });
  });

  const controller = await createController({
    collectorUrl: collector.url,
    optimizerUrl: optimizer.url,
    actuatorUrl: actuator.url,
    dataPath,
    dynamic: false,
    periodSec: 0,
    schedule: '',
    cycleLog: '',
    recommendOnly: false,
    stabilizationCycles: 2,
    scaleDownMargin: 0,
    cooldownSec: 300,
    batchHysteresis: 0.5,
    startTimeoutSec: 600,
    maxCostPerHr: 0,
    maxReplicaChanges: 0,
    queue: 2,
    history: 10,
    collectTimeoutSec: PEER_TIMEOUT_SEC,
    optimizeTimeoutSec: PEER_TIMEOUT_SEC,
    actuateTimeoutSec: PEER_TIMEOUT_SEC,
    apiToken: '',
    clock: realClock,
    logger: silentLogger,
    registry: createMetrics('controller'),
    ...overrides,
  });
  const listening = await listen(controller.app, { host: '127.0.0.1', port: 0, portVariable: 'none' });
  controller.start();
  // What curl sends when it is not told otherwise.
  const accept = { accept: '*/*' };
  const http = axios.create({ baseURL: listening.url, headers: accept, validateStatus: () => true, proxy: false });

  return {
    url: listening.url,
    get fleet() {
      return world.fleet;
    },
    set fleet(next) {
      world.fleet = next;
    },
    get control() {
      return world.control;
    },
    updates,
    events,
    repairs,
    collector,
    optimizer,
    actuator,
    dataPath,
    writeData,
    get: (path, headers = {}) => http.get(path, { headers }),
    head: (path) => http.head(path),
    post: (path, headers = {}, body?) => http.post(path, body, { headers }),
    invoke: async (query = '') => {
      const { data } = await http.get<unknown>(`/invoke${query}`, { headers: { accept: 'application/json' } });
      return cycleRecordSchema.parse(data);
    },
    stop: async () => {
      await controller.stop();
      await listening.close(0);
      await Promise.all([collector, optimizer, actuator].map((peer) => peer.close()));
      await rm(dataPath, { recursive: true });
    },
  };
}
