import { listNames } from '#shared/contracts/references.js';
import type { ModelPerfSpec } from '#shared/contracts/system-data.js';
import { assertAbsent, entryOf, withoutEntry, type Entries, type Entry } from './entries.js';
import { Refusal } from './refusal.js';

/** Models are known by name, with or without parameters on any accelerator. */
export interface ModelState {
  readonly names: readonly string[];
  /** The key of each is its accelerator, unique within a model; their order is that of the document, all models mixed. */
  readonly perfs: Entries<ModelPerfSpec>;
}

export const noModels: ModelState = { names: [], perfs: [] };

export function modelsFrom(perfs: Entries<ModelPerfSpec>): ModelState {
  return { names: [...new Set(perfs.map((item) => item.spec.name))], perfs };
}

/** @throws Refusal `duplicate` */
export function withModel(models: ModelState, name: string): ModelState {
  if (models.names.includes(name)) throw new Refusal('duplicate', `already there: model "${name}"`);
  return { ...models, names: [...models.names, name] };
}

/** Removes a model with its parameters on all accelerators. @throws Refusal `unknown` */
export function withoutModel(models: ModelState, name: string): ModelState {
  const gone = new Set(perfsOf(models, name));
  return { names: models.names.filter((item) => item !== name), perfs: models.perfs.filter((item) => !gone.has(item)) };
}

/** The parameters of one model; none is possible. @throws Refusal `unknown` */
export function perfsOf({ names, perfs }: ModelState, name: string): Entries<ModelPerfSpec> {
  if (!names.includes(name)) throw new Refusal('unknown', `no model "${name}"; known: ${listNames(names)}`);
  return perfs.filter((item) => item.spec.name === name);
}

/** @throws Refusal `unknown`: the model, or its parameters on this accelerator */
export function perfOf(models: ModelState, name: string, accelerator: string): Entry<ModelPerfSpec> {
  return entryOf(perfsOf(models, name), accelerator, whatOf(name));
}

/** @throws Refusal `unknown`: the model; `duplicate`: it has parameters on this accelerator */
export function withPerf(models: ModelState, entry: Entry<ModelPerfSpec>): ModelState {
  const { name } = entry.spec;
  assertAbsent(perfsOf(models, name), entry.key, whatOf(name));
  return { ...models, perfs: [...models.perfs, entry] };
}

/** The model stays known. */
export function withoutPerf(models: ModelState, entry: Entry<ModelPerfSpec>): ModelState {
  return { ...models, perfs: withoutEntry(models.perfs, entry) };
}

function whatOf(model: string): string {
  return `parameters of model "${model}" on accelerator`;
}
