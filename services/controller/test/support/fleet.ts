import type { CollectResponse, Coverage, Reading, ServerReadings, ServerStatus, Worker } from '#shared/contracts/loop.js';
import type { ServerSpec } from '#shared/contracts/system-data.js';
import type { ControllerData } from '../../core/facts.js';
import type { GuardConfig } from '../../core/guard-config.js';

/** Two types, three accelerators; a replica of model `m` takes one L4, one A100, or a pair of A100. */
export function dataWith(capacity: { L4: number; A100: number } = { L4: 20, A100: 20 }): ControllerData {
  return {
    acceleratorData: {
      accelerators: [
        { name: 'L4', type: 'L4', multiplicity: 1, cost: 10 },
        { name: 'A100', type: 'A100', multiplicity: 1, cost: 40 },
        { name: '2xA100', type: 'A100', multiplicity: 2, cost: 80 },
      ],
    },
    capacityData: { count: Object.entries(capacity).map(([type, count]) => ({ type, count })) },
    modelData: {
      models: ['m', 'other'].flatMap((name) =>
        ['L4', 'A100', '2xA100'].map((acc) => ({ name, acc, accCount: 1, maxBatchSize: 32, decodeParms: { alpha: 1, beta: 1 } })),
      ),
    },
    serviceClassData: {
      serviceClasses: [
        { name: 'Premium', priority: 1, modelTargets: targets(40) },
        { name: 'Free', priority: 10, modelTargets: targets(80) },
      ],
    },
    optimizerData: {
      optimizer: {
        unlimited: false,
        heterogeneous: false,
        milpSolver: false,
        useCplex: false,
        delayedBestEffort: false,
        saturationPolicy: 'None',
        tpsTargetReplacesLoad: false,
      },
    },
  };
}

function targets(itl: number) {
  return ['m', 'other'].map((model) => ({ model, 'slo-itl': itl, 'slo-ttft': 1000, 'slo-tps': 0 }));
}

export const guardConfig: GuardConfig = {
  stabilizationCycles: 2,
  windowStepMs: 0,
  scaleDownMargin: 0,
  cooldownMs: 300_000,
  batchHysteresis: 0.5,
  startTimeoutMs: 600_000,
  maxCostPerHr: Infinity,
  maxReplicaChanges: Infinity,
};

export interface FleetServer {
  name: string;
  class: string;
  model: string;
  accelerator: string;
  replicas: number;
  maxBatch: number;
  /** Requests/min; a string: missing, for that reason. */
  rate: number | string;
  outTokens: number | string;
  itl: number | string;
  ttft: number | string;
  /** Requests; a string: missing, for that reason. */
  waiting: number | string;
  /** What the load rests on; undefined: it is declared. */
  coverage: Coverage | undefined;
  spec: Partial<ServerSpec>;
  status: Partial<ServerStatus>;
}

export function server(name: string, overrides: Partial<FleetServer> = {}): FleetServer {
  return {
    name,
    class: 'Premium',
    model: 'm',
    accelerator: 'L4',
    replicas: 2,
    maxBatch: 32,
    rate: 20,
    outTokens: 100,
    itl: 20,
    ttft: 100,
    waiting: 'not measured',
    coverage: undefined,
    spec: {},
    status: {},
    ...overrides,
  };
}

/** A load that is measured over a minute, of which this many seconds are covered. */
export function coveredFor(spanSec: number): Coverage {
  return { spanMs: spanSec * 1000, windowMs: 60_000, quality: spanSec < 30 ? 'short' : 'full' };
}

/** What a collector would say of a fleet whose pods are all ready, unless a server's own status says otherwise. */
export function collected(fleet: readonly FleetServer[], control: Partial<CollectResponse['control']> = {}): CollectResponse {
  return {
    servers: fleet.map(specOf),
    replicas: [],
    'kube-resources': Object.fromEntries(fleet.map(({ name }) => [name, { uid: `uid-${name}`, name, space: 'infer' }])),
    readings: Object.fromEntries(fleet.map((item) => [item.name, readingsOf(item)])),
    status: Object.fromEntries(fleet.map((item) => [item.name, statusOf(item)])),
    workers: Object.fromEntries(fleet.map((item) => [item.name, workersOf(item)])),
    problems: [],
    unhandled: [],
    control: { paused: false, servers: {}, ...control },
    at: 0,
  };
}

function workersOf({ name, replicas }: FleetServer): Worker[] {
  const known = { node: 'node', state: 'ACTIVE' as const, activeRequests: 1, totalProcessed: 10, since: 0, reason: null };
  return Array.from({ length: replicas }, (_, index) => ({ pod: `${name}-${index}`, ...known }));
}

function specOf({ name, model, accelerator, replicas, maxBatch, spec, ...item }: FleetServer): ServerSpec {
  const currentAlloc = { accelerator, numReplicas: replicas, maxBatch, cost: 0, itlAverage: 0, ttftAverage: 0 };
  return { name, class: item.class, model, keepAccelerator: false, currentAlloc, ...spec };
}

function statusOf({ accelerator, replicas, maxBatch, status }: FleetServer): ServerStatus {
  return {
    desiredReplicas: replicas,
    readyReplicas: replicas,
    startingReplicas: 0,
    unschedulableReplicas: 0,
    terminatingReplicas: 0,
    rolloutInProgress: false,
    podsByAccelerator: accelerator === '' ? {} : { [accelerator]: replicas },
    serving: accelerator === '' ? {} : { [accelerator]: { pods: replicas, maxBatch } },
    waiting: [],
    policy: 'slo',
    schedule: [],
    ...status,
  };
}

function readingsOf({ rate, outTokens, itl, ttft, waiting, coverage }: FleetServer): ServerReadings {
  const unused: Reading = { missing: 'not measured' };
  return {
    arrivalRate: reading(rate, coverage),
    throughput: unused,
    avgInTokens: reading(50),
    avgOutTokens: reading(outTokens, coverage),
    itlAverage: reading(itl),
    ttftAverage: reading(ttft),
    numRunning: unused,
    numWaiting: reading(waiting),
    kvCacheUsage: unused,
  };
}

function reading(value: number | string, coverage?: Coverage): Reading {
  if (typeof value === 'string') return { missing: value };
  return { value, at: 0, source: 'scrape', ...(coverage === undefined ? {} : { coverage }) };
}
