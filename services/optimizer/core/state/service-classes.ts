import { keyAsGiven } from '#shared/contracts/canonical-keys.js';
import type { ModelTarget, ServiceClassSpec } from '#shared/contracts/system-data.js';
import { withEntry, type Entries, type Entry, type JsonObject } from './entries.js';

/** The targets of a class, each with the text it was given as; the key is its model. */
export function targetsOf({ given, spec }: Entry<ServiceClassSpec>): Entries<ModelTarget> {
  const targets = (given[targetsKey(given)] ?? []) as readonly JsonObject[];
  // Both lists come from one document, item for item.
  return spec.modelTargets.map((target, index) => ({ key: target.model, given: targets[index] ?? {}, spec: target }));
}

/** The class with other targets; all else of it stays as it was given. */
export function withTargets(serviceClass: Entry<ServiceClassSpec>, targets: Entries<ModelTarget>): Entry<ServiceClassSpec> {
  const { given, spec } = serviceClass;
  return {
    ...serviceClass,
    given: { ...given, [targetsKey(given)]: targets.map((item) => item.given) },
    spec: { ...spec, modelTargets: targets.map((item) => item.spec) },
  };
}

/** @param what for the message @throws Refusal `duplicate` when the class has a target for one of these models; then none is added */
export function withMoreTargets(
  serviceClass: Entry<ServiceClassSpec>,
  more: Entries<ModelTarget>,
  what: string,
): Entry<ServiceClassSpec> {
  const targets = more.reduce((all, target) => withEntry(all, target, what), targetsOf(serviceClass));
  return withTargets(serviceClass, targets);
}

function targetsKey(given: JsonObject): string {
  return keyAsGiven(given, 'modelTargets') ?? 'modelTargets';
}
