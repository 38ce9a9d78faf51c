import type {
  AcceleratorSpec,
  LoadSpec,
  ModelPerfSpec,
  OptimizerSpec,
  ServerSpec,
  ServiceClassSpec,
  SystemSpec,
} from '#shared/contracts/system-data.js';

export interface SystemParts {
  accelerators?: AcceleratorSpec[];
  /** Cards by type. */
  cards?: Record<string, number>;
  models?: ModelPerfSpec[];
  classes?: ServiceClassSpec[];
  servers?: ServerSpec[];
  optimizer?: Partial<OptimizerSpec>;
}

/** Two accelerator types with plenty of cards, one model on both, one class; tests override what they are about. */
export function buildSystem(parts: SystemParts = {}): SystemSpec {
  const accelerators = parts.accelerators ?? [accelerator('A100', 40), accelerator('H100', 75)];
  const cards = parts.cards ?? Object.fromEntries(accelerators.map((item) => [item.type, 1000]));
  return {
    acceleratorData: { accelerators },
    capacityData: { count: Object.entries(cards).map(([type, count]) => ({ type, count })) },
    modelData: { models: parts.models ?? [model('llama', 'A100', 20), model('llama', 'H100', 10)] },
    serviceClassData: { serviceClasses: parts.classes ?? [serviceClass('Premium', 1)] },
    serverData: { servers: parts.servers ?? [server('s1')] },
    optimizerData: {
      optimizer: {
        unlimited: false,
        heterogeneous: false,
        milpSolver: false,
        useCplex: false,
        delayedBestEffort: false,
        saturationPolicy: 'None',
        tpsTargetReplacesLoad: false,
        ...parts.optimizer,
      },
    },
  };
}

export function accelerator(name: string, cost: number, over: Partial<AcceleratorSpec> = {}): AcceleratorSpec {
  return { name, type: name, multiplicity: 1, cost, ...over };
}

/** Family iteration, its speed set by the time of an empty iteration. */
export function model(name: string, acc: string, alphaMs: number, over: Partial<ModelPerfSpec> = {}): ModelPerfSpec {
  const perfParms = { alpha: alphaMs, beta: alphaMs / 500, gamma: alphaMs / 16_000 };
  return { name, acc, accCount: 1, maxBatchSize: 32, perfParms, ...over };
}

export function serviceClass(
  name: string,
  priority: number,
  targets: Partial<Record<'itl' | 'ttft' | 'tps', number>> = {},
): ServiceClassSpec {
  const { itl = 40, ttft = 1000, tps = 0 } = targets;
  return { name, priority, modelTargets: [{ model: 'llama', 'slo-itl': itl, 'slo-ttft': ttft, 'slo-tps': tps }] };
}

export interface ServerParts extends Partial<ServerSpec> {
  /** Requests/min. */
  rpm?: number;
  load?: LoadSpec;
  /** What it runs now. */
  runs?: { accelerator: string; numReplicas: number; maxBatch?: number };
}

export function server(name: string, { rpm = 600, load, runs, ...over }: ServerParts = {}): ServerSpec {
  return {
    name,
    class: 'Premium',
    model: 'llama',
    keepAccelerator: false,
    currentAlloc: {
      accelerator: runs?.accelerator ?? '',
      numReplicas: runs?.numReplicas ?? 0,
      maxBatch: runs?.maxBatch ?? 0,
      cost: 0,
      itlAverage: 0,
      ttftAverage: 0,
      load: load ?? { arrivalRate: rpm, avgInTokens: 128, avgOutTokens: 256 },
    },
    ...over,
  };
}
