import type { z } from 'zod';
import {
  addAcceleratorRequestSchema,
  addCapacityRequestSchema,
  addServerRequestSchema,
} from '#shared/contracts/optimizer-state.js';
import {
  acceleratorDataSchema,
  capacityDataSchema,
  serverDataSchema,
  type AcceleratorSpec,
  type ServerSpec,
} from '#shared/contracts/system-data.js';
import { documentOf, entryOf, withEntry, withoutEntry, withReplacement, type Entries } from '../core/state/entries.js';
import type { CapacitySpec, SystemState } from '../core/state/system-state.js';
import { asking, posting, readEntries, readEntry, removing, type Verb } from './verb.js';

/** A list of the state whose items have one name each. */
export interface Collection<R extends string, T> {
  /** As in `/setAccelerators` and `/addAccelerator`. */
  plural: string;
  singular: string;
  /** For messages. */
  what: string;
  /** The part of an item that names it, in paths as in the item. */
  keyName: 'name' | 'type';
  keyOf: (spec: T) => string;
  root: R;
  document: z.ZodType<Record<R, T[]>>;
  read: (state: SystemState) => Entries<T>;
  write: (state: SystemState, entries: Entries<T>) => SystemState;
}

/** Set all, get all, get one, remove one. */
export function listVerbs<R extends string, T>(collection: Collection<R, T>): Verb[] {
  const { plural, singular, what, keyName, keyOf, root, document, read, write } = collection;
  return [
    posting(`/set${plural}`, (state, { body }) => {
      const { entries, warnings } = readEntries(document, root, keyOf, body);
      return { state: write(state, entries), answer: documentOf(root, entries), warnings };
    }),
    asking(`/get${plural}`, (state) => documentOf(root, read(state))),
    asking(`/get${singular}/:${keyName}`, (state, { [keyName]: key = '' }) => entryOf(read(state), key, what).given),
    removing(`/remove${singular}/:${keyName}`, (state, { [keyName]: key = '' }) => {
      const entry = entryOf(read(state), key, what);
      return { state: write(state, withoutEntry(read(state), entry)), answer: entry.given };
    }),
  ];
}

/** Add one. */
export function addVerb<R extends string, T>(collection: Collection<R, T>, item: z.ZodType<T>): Verb {
  const { singular, what, keyOf, read, write } = collection;
  return posting(`/add${singular}`, (state, { body }) => {
    const { entry, warnings } = readEntry(item, keyOf, body);
    return { state: write(state, withEntry(read(state), entry, what)), answer: entry.given, warnings };
  });
}

const accelerators: Collection<'accelerators', AcceleratorSpec> = {
  plural: 'Accelerators',
  singular: 'Accelerator',
  what: 'accelerator',
  keyName: 'name',
  keyOf: (spec) => spec.name,
  root: 'accelerators',
  document: acceleratorDataSchema,
  read: (state) => state.accelerators,
  write: (state, entries) => ({ ...state, accelerators: entries }),
};

const capacities: Collection<'count', CapacitySpec> = {
  plural: 'Capacities',
  singular: 'Capacity',
  what: 'capacity of accelerator type',
  keyName: 'type',
  keyOf: (spec) => spec.type,
  root: 'count',
  document: capacityDataSchema,
  read: (state) => state.capacities,
  write: (state, entries) => ({ ...state, capacities: entries }),
};

const servers: Collection<'servers', ServerSpec> = {
  plural: 'Servers',
  singular: 'Server',
  what: 'server',
  keyName: 'name',
  keyOf: (spec) => spec.name,
  root: 'servers',
  document: serverDataSchema,
  read: (state) => state.servers,
  write: (state, entries) => ({ ...state, servers: entries }),
};

/** `/setCapacity`: the count of one type, whether or not it had one. */
const setCapacity = posting('/setCapacity', (state, { body }) => {
  const { entry, warnings } = readEntry(addCapacityRequestSchema, capacities.keyOf, body);
  return { state: { ...state, capacities: withReplacement(state.capacities, entry) }, answer: entry.given, warnings };
});

/** Accelerators, capacities and servers. */
export const collectionVerbs: readonly Verb[] = [
  ...listVerbs(accelerators),
  addVerb(accelerators, addAcceleratorRequestSchema),
  ...listVerbs(capacities),
  addVerb(capacities, addCapacityRequestSchema),
  setCapacity,
  ...listVerbs(servers),
  addVerb(servers, addServerRequestSchema),
];
