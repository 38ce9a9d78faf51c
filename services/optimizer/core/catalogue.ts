import type { ModelPerfSpec, ModelTarget, ServiceClassSpec, SystemSpec } from '#shared/contracts/system-data.js';
import { byName, compareText } from './order.js';
import { placementOf, type Placement } from './sizing/placement.js';

/** The data of one problem, indexed. Everything in it is in the order of names, whatever the order of the input. */
export interface Catalogue {
  hasAccelerator(name: string): boolean;
  hasModel(name: string): boolean;
  /** The model on every accelerator, the ones without parameters included. */
  placements(model: string): readonly Placement[];
  placement(model: string, accelerator: string): Placement | undefined;
  serviceClass(name: string): ServiceClassSpec | undefined;
  target(serviceClass: string, model: string): ModelTarget | undefined;
  /** Cards by type; a type that no accelerator has is kept, it is somebody's capacity. */
  readonly cardsByType: ReadonlyMap<string, number>;
}

export function createCatalogue(system: SystemSpec): Catalogue {
  const accelerators = [...system.acceleratorData.accelerators].sort(byName);
  const acceleratorNames = new Set(accelerators.map((item) => item.name));
  const classByName = new Map(system.serviceClassData.serviceClasses.map((item) => [item.name, item]));
  const perfByModel = new Map<string, Map<string, ModelPerfSpec>>();
  for (const item of system.modelData.models) {
    const ofModel = perfByModel.get(item.name) ?? new Map<string, ModelPerfSpec>();
    perfByModel.set(item.name, ofModel.set(item.acc, item));
  }
  const placementsByModel = new Map<string, Placement[]>();
  const placements = (model: string): Placement[] => {
    const known = placementsByModel.get(model);
    if (known !== undefined) return known;
    const perfs = perfByModel.get(model);
    const made = accelerators.map((accelerator, index) => placementOf(accelerator, index, perfs?.get(accelerator.name)));
    placementsByModel.set(model, made);
    return made;
  };
  const counted = new Map(system.capacityData.count.map((item) => [item.type, item.count]));
  const types = new Set([...counted.keys(), ...accelerators.map((item) => item.type)]);

  return {
    hasAccelerator: (name) => acceleratorNames.has(name),
    hasModel: (name) => perfByModel.has(name),
    placements,
    placement: (model, accelerator) => placements(model).find((item) => item.accelerator === accelerator),
    serviceClass: (name) => classByName.get(name),
    target: (serviceClass, model) => classByName.get(serviceClass)?.modelTargets.find((item) => item.model === model),
    cardsByType: new Map([...types].sort(compareText).map((type) => [type, counted.get(type) ?? 0])),
  };
}
