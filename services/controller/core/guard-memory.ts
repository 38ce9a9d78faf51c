import type { GuardConfig } from './guard-config.js';
import type { Exhaustions } from './exhaustion.js';
import type { ServerView } from './server-view.js';

/** What the guard remembers of a server from earlier cycles, the latest first. */
export interface ServerMemory {
  /** The accelerator that `needs`, `grants` and `batches` are counted on. */
  readonly accelerator: string;
  /** Replicas needed on that accelerator, cycle by cycle without a gap. */
  readonly needs: readonly number[];
  /** Replicas that the solver alone granted there. */
  readonly grants: readonly number[];
  /** Accelerator that the solver alone wanted; empty: none. */
  readonly wishes: readonly string[];
  /** Max batch that the solver chose on the current accelerator. */
  readonly batches: readonly number[];
  /** A count that somebody else wrote, and for how many cycles it has stood. */
  readonly foreign?: { readonly desiredReplicas: number; readonly cycles: number };
  readonly batchChangedAtMs?: number;
}

/** Plain data. Empty after a restart, which only delays what waits for a window. */
export interface GuardState {
  readonly servers: Readonly<Record<string, ServerMemory>>;
  readonly exhaustions: Exhaustions;
  /** Of the latest cycle that windows count; undefined: there was none. */
  readonly countedAtMs?: number;
}

/** What must agree before something that waits is done. */
export interface Window {
  /** Cycles, this one included. */
  readonly length: number;
  /** This cycle is one of those that count. */
  readonly counts: boolean;
}

/**
 * Two cycles close to each other see nearly the same reading, so they count as one: the one that does not count must agree with all
 * of a whole window before it. Worked, period 60 s, window 2: cycles at 0 s, 57 s (on demand) and 60 s are two.
 */
export function windowOf({ countedAtMs }: GuardState, config: GuardConfig, nowMs: number, isScheduled: boolean): Window {
  const { stabilizationCycles, windowStepMs } = config;
  // A clock that was set back must not stop the count.
  const elapsedMs = countedAtMs === undefined ? Number.MAX_VALUE : Math.abs(nowMs - countedAtMs);
  const counts = isScheduled || elapsedMs >= windowStepMs;
  return { length: counts || stabilizationCycles === 1 ? stabilizationCycles : stabilizationCycles + 1, counts };
}

export const NO_STATE: GuardState = { servers: {}, exhaustions: {} };

export const NO_MEMORY: ServerMemory = { accelerator: '', needs: [], grants: [], wishes: [], batches: [] };

export function recall({ servers }: GuardState, view: ServerView): ServerMemory {
  const memory = (Object.hasOwn(servers, view.name) ? servers[view.name] : undefined) ?? NO_MEMORY;
  if (memory.accelerator === view.current.accelerator) return memory;
  return { ...memory, accelerator: view.current.accelerator, needs: [], grants: [], batches: [] };
}

/** What this cycle adds. */
export interface Observation {
  /** Undefined: not known, which interrupts whatever had to hold for a window. */
  readonly need: number | undefined;
  readonly grant: number | undefined;
  readonly wish: string | undefined;
  readonly batch: number | undefined;
  readonly batchChangedAtMs: number | undefined;
}

export function remember(view: ServerView, memory: ServerMemory, seen: Observation, window: Window): ServerMemory {
  // As many as a cycle that does not count has to look back on.
  const add = <T>(item: T | undefined, earlier: readonly T[], merge: (latest: T, item: T) => readonly T[]): readonly T[] => {
    if (item === undefined) return [];
    if (window.counts) return [item, ...earlier].slice(0, window.length);
    const [latest, ...others] = earlier;
    if (latest === undefined) return [];
    const merged = merge(latest, item);
    return merged.length === 0 ? [] : [...merged, ...others];
  };
  const highest = (latest: number, item: number): number[] => [Math.max(latest, item)];
  const same = <T>(latest: T, item: T): T[] => (latest === item ? [latest] : []);
  const foreign = foreignWrite(view, memory, window);
  const batchChangedAtMs = seen.batchChangedAtMs ?? memory.batchChangedAtMs;
  return {
    accelerator: view.current.accelerator,
    needs: add(seen.need, memory.needs, highest),
    grants: add(seen.grant, memory.grants, highest),
    wishes: add(seen.wish, memory.wishes, same),
    batches: add(seen.batch, memory.batches, (latest, item) => [nearest(view.current.maxBatch, latest, item)]),
    ...(foreign === undefined ? {} : { foreign }),
    ...(batchChangedAtMs === undefined ? {} : { batchChangedAtMs }),
  };
}

function nearest(to: number, a: number, b: number): number {
  return Math.abs(a - to) <= Math.abs(b - to) ? a : b;
}

/** The count that somebody else wrote, and for how many cycles that count, this one included, it has stood; undefined: the count is ours. */
export function foreignWrite({ status }: ServerView, { foreign }: ServerMemory, { counts }: Window): ServerMemory['foreign'] {
  if (status?.lastWrittenReplicas === undefined || status.lastWrittenReplicas === status.desiredReplicas) return undefined;
  const { desiredReplicas } = status;
  const before = foreign?.desiredReplicas === desiredReplicas ? foreign.cycles : 0;
  return { desiredReplicas, cycles: before + (counts ? 1 : 0) };
}

/** Whether `matches` held in each of the earlier cycles that the window covers. */
export function heldBefore<T>(earlier: readonly T[], { length }: Window, matches: (item: T) => boolean): boolean {
  const needed = length - 1;
  return earlier.length >= needed && earlier.slice(0, needed).every(matches);
}

/**
 * Replicas below which the server must not go yet: the highest of the window, never more than it has. Worked, window 2: has 10,
 * needed 8 before and 3 now: 8. With a gap in the window (a restart, an unknown load): what it has.
 */
export function highestOfWindow(now: number | undefined, earlier: readonly number[], has: number, { length }: Window): number {
  if (now === undefined) return has;
  const window = [now, ...earlier].slice(0, length);
  return window.length < length ? has : Math.min(has, Math.max(...window));
}
