import type { AcceleratorSpec, ModelPerfSpec, ModelTarget, ServiceClassSpec, SystemSpec } from '#shared/contracts/system-data.js';
import { byName, compareText } from './order.js';

/** The data of one problem, indexed. Everything in it is in the order of names, whatever the order of the input. */
export interface Catalogue {
  readonly accelerators: readonly AcceleratorSpec[];
  accelerator(name: string): AcceleratorSpec | undefined;
  hasModel(name: string): boolean;
  perf(model: string, accelerator: string): ModelPerfSpec | undefined;
  serviceClass(name: string): ServiceClassSpec | undefined;
  target(serviceClass: string, model: string): ModelTarget | undefined;
  /** Cards by type; a type that no accelerator has is kept, it is somebody's capacity. */
  readonly cardsByType: ReadonlyMap<string, number>;
}

export function createCatalogue(system: SystemSpec): Catalogue {
  const accelerators = [...system.acceleratorData.accelerators].sort(byName);
  const acceleratorByName = new Map(accelerators.map((item) => [item.name, item]));
  const classByName = new Map(system.serviceClassData.serviceClasses.map((item) => [item.name, item]));
  const perfByModel = new Map<string, Map<string, ModelPerfSpec>>();
  for (const item of system.modelData.models) {
    const ofModel = perfByModel.get(item.name) ?? new Map<string, ModelPerfSpec>();
    perfByModel.set(item.name, ofModel.set(item.acc, item));
  }
  const counted = new Map(system.capacityData.count.map((item) => [item.type, item.count]));
  const types = new Set([...counted.keys(), ...accelerators.map((item) => item.type)]);

  return {
    accelerators,
    accelerator: (name) => acceleratorByName.get(name),
    hasModel: (name) => perfByModel.has(name),
    perf: (model, accelerator) => perfByModel.get(model)?.get(accelerator),
    serviceClass: (name) => classByName.get(name),
    target: (serviceClass, model) => classByName.get(serviceClass)?.modelTargets.find((item) => item.model === model),
    cardsByType: new Map([...types].sort(compareText).map((type) => [type, counted.get(type) ?? 0])),
  };
}
