import type { StaticData } from '#shared/contracts/references.js';
import type { OptimizerData } from '#shared/contracts/system-data.js';
import type { Cards } from './cards.js';

/** All that the data files say; the servers come from the collector. */
export interface ControllerData extends StaticData {
  optimizerData: OptimizerData;
}

/** One replica of a model on an accelerator: the cards it takes, and its price in cents/hr. */
export interface ReplicaFacts {
  readonly type: string;
  readonly cards: number;
  readonly cost: number;
}

/** ms, and tokens/s; 0: no such target. */
export interface Targets {
  readonly itl: number;
  readonly ttft: number;
  readonly tps: number;
  /** The part of the requests that `itl` and `ttft` hold for; absent: they are means. */
  readonly percentile?: number;
}

/** The data files, indexed. */
export interface Facts {
  /** Undefined: no such class. */
  priorityOf(serviceClass: string): number | undefined;
  /** Null: the class has no targets for this model. */
  targetsOf(serviceClass: string, model: string): Targets | null;
  knowsModel(model: string): boolean;
  knowsAccelerator(accelerator: string): boolean;
  /** Undefined: the model has no data on this accelerator. */
  replicaOn(model: string, accelerator: string): ReplicaFacts | undefined;
  /** As `replicaOn`; without data one accelerator per replica is assumed. Undefined: no such accelerator. */
  replicaLikely(model: string, accelerator: string): ReplicaFacts | undefined;
  /** Accelerator type → cards, for every type that the data name. */
  readonly cardsByType: ReadonlyMap<string, number>;
  /** Those that Deployments hold or ask for which are no servers. */
  readonly setAside: Cards;
  /** Those that may be given to servers: all but these, and of an exhausted type no more than are in use. */
  readonly usableByType: ReadonlyMap<string, number>;
  readonly classNames: readonly string[];
  readonly acceleratorNames: readonly string[];
}

export function createFacts({ acceleratorData, capacityData, modelData, serviceClassData }: ControllerData): Facts {
  const accelerators = new Map(acceleratorData.accelerators.map((item) => [item.name, item]));
  const classes = new Map(serviceClassData.serviceClasses.map((item) => [item.name, item]));
  const accCounts = new Map<string, Map<string, number>>();
  for (const { name, acc, accCount } of modelData.models) {
    const ofModel = accCounts.get(name) ?? new Map<string, number>();
    accCounts.set(name, ofModel.set(acc, Math.max(1, accCount)));
  }

  const replica = (accelerator: string, accCount: number): ReplicaFacts | undefined => {
    const spec = accelerators.get(accelerator);
    return spec && { type: spec.type, cards: accCount * spec.multiplicity, cost: accCount * spec.cost };
  };
  const types = [...acceleratorData.accelerators.map((item) => item.type), ...capacityData.count.map((item) => item.type)];
  const counted = new Map(capacityData.count.map((item) => [item.type, item.count]));
  const cardsByType = new Map([...new Set(types)].sort().map((type) => [type, counted.get(type) ?? 0]));
  return {
    priorityOf: (serviceClass) => classes.get(serviceClass)?.priority,
    targetsOf: (serviceClass, model) => {
      const target = classes.get(serviceClass)?.modelTargets.find((item) => item.model === model);
      if (target === undefined) return null;
      const { 'slo-itl': itl, 'slo-ttft': ttft, 'slo-tps': tps, 'slo-percentile': percentile } = target;
      return { itl, ttft, tps, ...(percentile === undefined ? {} : { percentile }) };
    },
    knowsModel: (model) => accCounts.has(model),
    knowsAccelerator: (accelerator) => accelerators.has(accelerator),
    replicaOn: (model, accelerator) => {
      const accCount = accCounts.get(model)?.get(accelerator);
      return accCount === undefined ? undefined : replica(accelerator, accCount);
    },
    replicaLikely: (model, accelerator) => replica(accelerator, accCounts.get(model)?.get(accelerator) ?? 1),
    cardsByType,
    setAside: new Map(),
    usableByType: cardsByType,
    classNames: [...classes.keys()].sort(),
    acceleratorNames: [...accelerators.keys()].sort(),
  };
}
