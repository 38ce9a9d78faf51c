import { ContractError } from '#shared/contracts/contract-error.js';
import { addServiceClassModelTargetsRequestSchema, addServiceClassRequestSchema } from '#shared/contracts/optimizer-state.js';
import { parseContract } from '#shared/contracts/parse-contract.js';
import { LOWEST_PRIORITY, serviceClassDataSchema, type ServiceClassSpec } from '#shared/contracts/system-data.js';
import { entryOf, withEntry, withoutEntry, withReplacement, type Entry } from '../core/state/entries.js';
import { targetsOf, withMoreTargets, withTargets } from '../core/state/service-classes.js';
import type { SystemState } from '../core/state/system-state.js';
import { addVerb, listVerbs, type Collection } from './collection-verbs.js';
import { asking, entriesFrom, posting, removing, type Verb } from './verb.js';

const WHAT = 'service class';

const serviceClasses: Collection<'serviceClasses', ServiceClassSpec> = {
  plural: 'ServiceClasses',
  singular: 'ServiceClass',
  what: WHAT,
  keyName: 'name',
  keyOf: (spec) => spec.name,
  root: 'serviceClasses',
  document: serviceClassDataSchema,
  read: (state) => state.serviceClasses,
  write: (state, entries) => ({ ...state, serviceClasses: entries }),
};

/** Service classes, and their targets for each model. */
export const serviceClassVerbs: readonly Verb[] = [
  ...listVerbs(serviceClasses),
  addVerb(serviceClasses, addServiceClassRequestSchema),
  posting('/addServiceClass/:name{/:priority}', (state, { params: { name = '', priority } }) => {
    const given = { name, priority: priority === undefined ? LOWEST_PRIORITY : numberFrom(priority), modelTargets: [] };
    const { value: spec } = parseContract(addServiceClassRequestSchema, given, 'path');
    const entries = withEntry(state.serviceClasses, { key: name, given, spec }, WHAT);
    return { state: { ...state, serviceClasses: entries }, answer: given, warnings: [] };
  }),

  posting('/addServiceClassModelTargets', (state, { body }) => {
    const { value, warnings } = parseContract(addServiceClassModelTargetsRequestSchema, body, 'body');
    const serviceClass = entryOf(state.serviceClasses, value.name, WHAT);
    assertPriority(value.priority, serviceClass.spec.priority);
    const more = entriesFrom(value.modelTargets, 'modelTargets', (target) => target.model, body);
    const changed = withMoreTargets(serviceClass, more, whatOf(serviceClass.key));
    return { state: withClass(state, changed), answer: changed.given, warnings };
  }),
  asking('/getServiceClassModelTarget/:class/:model', (state, { class: name = '', model = '' }) => {
    return entryOf(targetsOf(entryOf(state.serviceClasses, name, WHAT)), model, whatOf(name)).given;
  }),
  removing('/removeServiceClassModelTarget/:class/:model', (state, { class: name = '', model = '' }) => {
    const serviceClass = entryOf(state.serviceClasses, name, WHAT);
    const targets = targetsOf(serviceClass);
    const target = entryOf(targets, model, whatOf(name));
    return { state: withClass(state, withTargets(serviceClass, withoutEntry(targets, target))), answer: target.given };
  }),
];

function withClass(state: SystemState, serviceClass: Entry<ServiceClassSpec>): SystemState {
  return { ...state, serviceClasses: withReplacement(state.serviceClasses, serviceClass) };
}

function whatOf(serviceClass: string): string {
  return `target of service class "${serviceClass}" for model`;
}

/** What is no number stays as it is, for the message. */
function numberFrom(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function assertPriority(given: number | undefined, priority: number): void {
  if (given === undefined || given === priority) return;
  const message = `must be ${priority}, the priority of the class, or absent`;
  throw new ContractError([{ source: 'body', path: 'priority', value: String(given), message }]);
}
