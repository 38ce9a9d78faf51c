import type { SystemSpec } from '#shared/contracts/system-data.js';
import { prepare } from '../core/prepare.js';
import { contestedProblem } from './contested-problem.js';

const options = { firstTokenWithPrefill: false };
const ROOMS = [64, 256, 2048];
const RUNS = 7;
const PARTS = { servers: 200, accelerators: 10, types: 6, supply: 1, seed: 3 };

type Change = (system: SystemSpec) => SystemSpec;

const kinds: readonly (readonly [string, Change])[] = [
  ['means', (system) => system],
  ['means, prompts × 8', withLongPrompts],
  ['95th percentiles', withPercentile],
];

/**
 * Sizing one candidate, all of them of different requests, by the largest max batch that there is room for. In family iteration; with
 * prompts up to 16 384 tokens they are computed in many chunks.
 *
 * Where it goes, of 5 000 servers × 10 accelerators with 64 slots (node --cpu-prof): a quarter collects garbage, as what is decided of a
 * candidate stays, a quarter evaluates queues, 8 times a candidate, and the rest is spread over searches and bookkeeping. With
 * `smallest` a queue is evaluated 31 times. With 2 048 slots the evaluations are nearly all of it.
 */
export function benchSizing(print: (line: string) => void): void {
  print('sizing one candidate of 200 servers × 10 accelerators, medians in µs of CPU');
  print(row('max batch', 'targets', ...ROOMS.map((room) => `of ${room}`)));
  const contested = contestedProblem(PARTS, options);
  for (const rule of ['ceiling', 'smallest'] as const) {
    for (const [name, change] of kinds) {
      const system = change(contested);
      const optimizer = { ...system.optimizerData.optimizer, maxBatch: rule };
      const times = ROOMS.map((room) => sizingUs({ ...withRoom(system, room), optimizerData: { optimizer } }));
      print(row(rule, name, ...times.map((us) => us.toFixed(1))));
    }
  }
}

function sizingUs(system: SystemSpec): number {
  const times = Array.from({ length: RUNS }, () => {
    const before = process.cpuUsage();
    prepare(system, options);
    const { user, system: ofSystem } = process.cpuUsage(before);
    return (user + ofSystem) / (PARTS.servers * PARTS.accelerators);
  });
  return times.sort((a, b) => a - b)[RUNS >> 1] as number;
}

function withRoom(system: SystemSpec, maxBatchSize: number): SystemSpec {
  return { ...system, modelData: { models: system.modelData.models.map((item) => ({ ...item, maxBatchSize })) } };
}

function withLongPrompts(system: SystemSpec): SystemSpec {
  const servers = system.serverData.servers.map((server) => {
    const { currentAlloc } = server;
    if (currentAlloc?.load?.avgInTokens === undefined) return server;
    const load = { ...currentAlloc.load, avgInTokens: 8 * currentAlloc.load.avgInTokens };
    return { ...server, currentAlloc: { ...currentAlloc, load } };
  });
  return { ...system, serverData: { servers } };
}

function withPercentile(system: SystemSpec): SystemSpec {
  const serviceClasses = system.serviceClassData.serviceClasses.map((item) => ({
    ...item,
    modelTargets: item.modelTargets.map((target) => ({ ...target, 'slo-percentile': 0.95 })),
  }));
  return { ...system, serviceClassData: { serviceClasses } };
}

function row(...cells: string[]): string {
  const [first = '', second = '', ...rest] = cells;
  return (first.padEnd(12) + second.padEnd(24) + rest.map((cell) => cell.padStart(12)).join('')).trimEnd();
}
