import type { ContractIssue } from './contract-error.js';
import type { AcceleratorData, CapacityData, ModelData, ServiceClassData } from './system-data.js';

/** The data that does not come from the cluster: what the controller reads from files. */
export interface StaticData {
  acceleratorData: AcceleratorData;
  capacityData: CapacityData;
  modelData: ModelData;
  serviceClassData: ServiceClassData;
}

/** What the data files say of each other: a model on an accelerator, or a target for a model, that does not exist. */
export function checkReferences(data: Pick<StaticData, 'acceleratorData' | 'modelData' | 'serviceClassData'>): ContractIssue[] {
  const accelerators = new Set(data.acceleratorData.accelerators.map((item) => item.name));
  const models = new Set(data.modelData.models.map((item) => item.name));
  const issues: ContractIssue[] = [];
  data.modelData.models.forEach((item, index) => {
    if (accelerators.has(item.acc)) return;
    issues.push(missing('model-data.json', `models[${index}].acc`, item.acc, 'accelerator', accelerators));
  });
  data.serviceClassData.serviceClasses.forEach((item, classIndex) => {
    item.modelTargets.forEach((target, index) => {
      if (models.has(target.model)) return;
      const path = `serviceClasses[${classIndex}].modelTargets[${index}].model`;
      issues.push(missing('serviceclass-data.json', path, target.model, 'model', models));
    });
  });
  return issues;
}

/**
 * An accelerator type without a capacity has none, and cards of a type that no accelerator has are used by nobody: each worth a word,
 * as it is more often forgotten, or misspelt, than meant.
 * @param source file of the capacity, as the messages name it
 */
export function capacityWarnings(
  data: Pick<StaticData, 'acceleratorData' | 'capacityData'>,
  source = 'capacity-data.json',
): string[] {
  const counted = new Set(data.capacityData.count.map((item) => item.type));
  const types = new Set(data.acceleratorData.accelerators.map((item) => item.type));
  const uncounted = [...types].filter((type) => !counted.has(type)).sort();
  const unused = [...counted].filter((type) => !types.has(type)).sort();
  return [
    ...uncounted.map((type) => `${source}: count: no entry for accelerator type "${type}", taken as 0 cards`),
    ...unused.map((type) => `${source}: count: no accelerator has type "${type}"; known: ${listNames(types)}`),
  ];
}

function missing(source: string, path: string, value: string, what: string, known: ReadonlySet<string>): ContractIssue {
  return { source, path, value: JSON.stringify(value), message: `no such ${what}; known: ${listNames(known)}` };
}

const MOST_NAMES = 12;

/** Names in their order, for a message: the first dozen, or `none`. */
export function listNames(names: Iterable<string>): string {
  const sorted = [...names].sort();
  if (sorted.length === 0) return 'none';
  return sorted.length > MOST_NAMES ? `${sorted.slice(0, MOST_NAMES).join(', ')}, …` : sorted.join(', ');
}
