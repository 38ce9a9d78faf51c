import type { AcceleratorSpec, ModelPerfSpec, ServerSpec, SystemSpec } from '#shared/contracts/system-data.js';
import { cardsOf } from '../core/candidates/candidate.js';
import type { OptimizerOptions } from '../core/options.js';
import { prepare } from '../core/prepare.js';

export interface ContestedParts {
  servers: number;
  accelerators: number;
  types: number;
  /** Cards of each type, as a part of what the servers would take if cards had no end. */
  supply: number;
  /** How many sizes of requests there are; absent: each server has its own, and no sizing serves two. */
  shapes?: number;
  seed: number;
}

const MODELS = 24;
const classes = [
  { name: 'Premium', priority: 1, itl: 24, ttft: 500, share: 0.2 },
  { name: 'Bronze', priority: 2, itl: 60, ttft: 1500, share: 0.5 },
  { name: 'Free', priority: 3, itl: 150, ttft: 4000, share: 1 },
];

/**
 * Servers of many sizes that want more cards than there are: accelerators of a few types, most types in several multiplicities, three
 * service classes, two of three servers running already. The same seed gives the same problem.
 */
export function contestedProblem(
  { servers, accelerators, types, supply, shapes, seed }: ContestedParts,
  options: OptimizerOptions,
): SystemSpec {
  const random = sequence(seed);
  const acceleratorList = Array.from({ length: accelerators }, (_, index) => anAccelerator(index, types, random));
  const models = Array.from({ length: MODELS }, (_, model) => {
    const sizeMs = 4 * 4 ** random();
    return acceleratorList.map((item, index) => perf(`model-${model}`, item, index, types, sizeMs * (0.8 + 0.4 * random())));
  }).flat();
  const known = shapes === undefined ? [] : Array.from({ length: shapes }, () => aShape(random));
  const nextShape = (): Shape => known[Math.floor(random() * known.length)] ?? aShape(random);
  const digits = String(servers).length;
  const serverList = Array.from({ length: servers }, (_, index) =>
    aServer(`server-${String(index).padStart(digits, '0')}`, acceleratorList, nextShape(), random),
  );
  const system: SystemSpec = {
    acceleratorData: { accelerators: acceleratorList },
    capacityData: { count: [] },
    modelData: { models },
    serviceClassData: {
      serviceClasses: classes.map(({ name, priority, itl, ttft }) => ({
        name,
        priority,
        modelTargets: Array.from({ length: MODELS }, (_, model) => ({
          model: `model-${model}`,
          'slo-itl': itl,
          'slo-ttft': ttft,
          'slo-tps': 0,
        })),
      })),
    },
    serverData: { servers: serverList },
    optimizerData: {
      optimizer: {
        unlimited: true,
        heterogeneous: false,
        milpSolver: false,
        useCplex: false,
        delayedBestEffort: false,
        saturationPolicy: 'None',
        tpsTargetReplacesLoad: false,
      },
    },
  };
  const needed = new Map(acceleratorList.map(({ type }) => [type, 0]));
  for (const { eligible } of prepare(system, options).contenders) {
    const [best] = eligible;
    if (best === undefined) continue;
    const { type } = best.placement;
    needed.set(type, (needed.get(type) ?? 0) + cardsOf(best, best.numReplicas));
  }
  const count = [...needed].map(([type, cards]) => ({ type, count: Math.floor(supply * cards) }));
  const optimizer = { ...system.optimizerData.optimizer, unlimited: false };
  return { ...system, capacityData: { count }, optimizerData: { optimizer } };
}

/** The next minute: every load a little up or down. */
export function aMinuteLater(system: SystemSpec, seed: number): SystemSpec {
  const random = sequence(seed);
  const servers = system.serverData.servers.map((server) => {
    const { currentAlloc } = server;
    if (currentAlloc?.load?.arrivalRate === undefined) return server;
    const arrivalRate = currentAlloc.load.arrivalRate * (0.97 + 0.06 * random());
    return { ...server, currentAlloc: { ...currentAlloc, load: { ...currentAlloc.load, arrivalRate } } };
  });
  return { ...system, serverData: { servers } };
}

/** Accelerator i is of type i mod types; from the second round on it is made of 2, 4, … cards. */
function anAccelerator(index: number, types: number, random: () => number): AcceleratorSpec {
  const kind = index % types;
  const multiplicity = 2 ** Math.floor(index / types);
  const perCard = 30 * 1.5 ** kind * (0.95 + 0.1 * random());
  return {
    name: multiplicity === 1 ? `T${kind}` : `${multiplicity}xT${kind}`,
    type: `T${kind}`,
    multiplicity,
    cost: Math.round(perCard * multiplicity * 0.98 ** Math.log2(multiplicity)),
  };
}

/** Types are the faster the dearer they are, nearly in proportion; several cards are a little less than so many times one. */
function perf(
  model: string,
  { name, multiplicity }: AcceleratorSpec,
  index: number,
  types: number,
  sizeMs: number,
): ModelPerfSpec {
  const speed = 1.42 ** (index % types) * multiplicity ** 0.93;
  const alpha = (4 * sizeMs) / speed;
  return {
    name: model,
    acc: name,
    accCount: 1,
    maxBatchSize: 64,
    perfParms: { alpha, beta: alpha / 400, gamma: alpha / 12_000 },
  };
}

interface Shape {
  avgInTokens: number;
  avgOutTokens: number;
}

function aShape(random: () => number): Shape {
  return { avgInTokens: Math.round(32 * 64 ** random()), avgOutTokens: Math.round(32 * 16 ** random()) };
}

function aServer(name: string, accelerators: readonly AcceleratorSpec[], shape: Shape, random: () => number): ServerSpec {
  const place = random();
  const model = `model-${Math.floor(random() * MODELS)}`;
  const arrivalRate = 60 * 100 ** random();
  const runs = random() < 2 / 3;
  const accelerator = accelerators[Math.floor(random() * accelerators.length)]?.name ?? '';
  const numReplicas = 1 + Math.floor(random() * 8);
  return {
    name,
    class: classes.find(({ share }) => place < share)?.name ?? 'Free',
    model,
    keepAccelerator: false,
    minNumReplicas: 1,
    currentAlloc: {
      ...{ accelerator: runs ? accelerator : '', numReplicas: runs ? numReplicas : 0, maxBatch: 0 },
      ...{ cost: 0, itlAverage: 0, ttftAverage: 0 },
      load: { arrivalRate, ...shape },
    },
  };
}

/** Lehmer's generator of Park and Miller, from 0 to 1. */
function sequence(seed: number): () => number {
  let state = (seed * 7919) % 2_147_483_647 || 1;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
