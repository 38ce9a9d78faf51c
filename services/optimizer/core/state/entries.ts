import { listNames } from '#shared/contracts/references.js';
import { Refusal } from './refusal.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** One item of the state: as somebody gave it, which is what they get back, and as the solvers read it. */
export interface Entry<T> {
  /** Unique within its list. */
  readonly key: string;
  /** No default added, no key renamed. */
  readonly given: JsonObject;
  readonly spec: T;
}

/** In the order in which they were given. Never changed in place: who holds a list holds a snapshot. */
export type Entries<T> = readonly Entry<T>[];

/** @throws Refusal `unknown`, with the keys that there are; `what` is for its message */
export function entryOf<T>(entries: Entries<T>, key: string, what: string): Entry<T> {
  const entry = entries.find((item) => item.key === key);
  if (entry !== undefined) return entry;
  throw new Refusal('unknown', `no ${what} "${key}"; known: ${listNames(entries.map((item) => item.key))}`);
}

/** @throws Refusal `duplicate` */
export function withEntry<T>(entries: Entries<T>, entry: Entry<T>, what: string): Entries<T> {
  assertAbsent(entries, entry.key, what);
  return [...entries, entry];
}

/** @throws Refusal `duplicate` */
export function assertAbsent(entries: Entries<unknown>, key: string, what: string): void {
  if (entries.some((item) => item.key === key)) throw new Refusal('duplicate', `already there: ${what} "${key}"`);
}

/** The entry in the place of its namesake, or at the end. */
export function withReplacement<T>(entries: Entries<T>, entry: Entry<T>): Entries<T> {
  const index = entries.findIndex((item) => item.key === entry.key);
  return index < 0 ? [...entries, entry] : entries.with(index, entry);
}

/** `entry` is one of `entries`, itself. */
export function withoutEntry<T>(entries: Entries<T>, entry: Entry<T>): Entries<T> {
  return entries.filter((item) => item !== entry);
}

/** What was given, as a document of its own: `{ servers: [...] }`. */
export function documentOf(root: string, entries: Entries<unknown>): JsonObject {
  return { [root]: entries.map((item) => item.given) };
}
