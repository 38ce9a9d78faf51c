import type { z } from 'zod';
import { keyAsGiven } from '#shared/contracts/canonical-keys.js';
import { parseContract } from '#shared/contracts/parse-contract.js';
import type { Entries, Entry, JsonObject } from '../core/state/entries.js';
import type { SystemState } from '../core/state/system-state.js';

interface Call {
  /** The named parts of the path, decoded. */
  params: Readonly<Record<string, string>>;
  body: unknown;
}

interface Outcome {
  /** The state from here on: the one before where nothing changed. */
  state: SystemState;
  answer: JsonObject;
  /** What was ignored of a body; a member of the answer, too. */
  warnings?: readonly string[];
}

/**
 * One endpoint that reads or changes the state: the state before in, the state after and the answer out.
 * It throws (ContractError for a body, Refusal for a name) before there is a state after, so an error changes nothing.
 */
export interface Verb {
  methods: readonly ('get' | 'post' | 'delete')[];
  path: string;
  changes: boolean;
  run(state: SystemState, call: Call): Outcome;
}

export function asking(path: string, ask: (state: SystemState, params: Call['params']) => JsonObject): Verb {
  return { methods: ['get'], path, changes: false, run: (state, { params }) => ({ state, answer: ask(state, params) }) };
}

export function posting(path: string, run: Verb['run']): Verb {
  return { methods: ['post'], path, changes: true, run };
}

/** Removes answer what they removed, to GET as to DELETE. */
export function removing(path: string, remove: (state: SystemState, params: Call['params']) => Outcome): Verb {
  return { methods: ['get', 'delete'], path, changes: true, run: (state, { params }) => remove(state, params) };
}

/** Reads the items of a document; each keeps the text it was given as. @throws ContractError */
export function readEntries<R extends string, T>(
  schema: z.ZodType<Record<R, T[]>>,
  root: R,
  keyOf: (spec: T) => string,
  body: unknown,
): { entries: Entries<T>; warnings: string[] } {
  const { value, warnings } = parseContract(schema, body, 'body');
  return { entries: entriesFrom(value[root], root, keyOf, body), warnings };
}

/** The items of a body that its contract has let through: an object, with a list of objects under `root`. */
export function entriesFrom<T>(specs: readonly T[], root: string, keyOf: (spec: T) => string, body: unknown): Entries<T> {
  const document = body as Readonly<Record<string, JsonObject[]>>;
  const given = document[keyAsGiven(document, root) ?? root] ?? [];
  return specs.map((spec, index) => ({ key: keyOf(spec), given: given[index] ?? {}, spec }));
}

/** @throws ContractError */
export function readEntry<T>(
  schema: z.ZodType<T>,
  keyOf: (spec: T) => string,
  body: unknown,
): { entry: Entry<T>; warnings: string[] } {
  const { value, warnings } = parseContract(schema, body, 'body');
  return { entry: { key: keyOf(value), given: body as JsonObject, spec: value }, warnings };
}
