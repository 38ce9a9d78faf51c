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

export function remember(view: ServerView, memory: ServerMemory, seen: Observation, config: GuardConfig): ServerMemory {
  const kept = config.stabilizationCycles - 1;
  const add = <T>(item: T | undefined, earlier: readonly T[]): T[] =>
    item === undefined ? [] : [item, ...earlier].slice(0, kept);
  const foreign = foreignWrite(view, memory);
  const batchChangedAtMs = seen.batchChangedAtMs ?? memory.batchChangedAtMs;
  return {
    accelerator: view.current.accelerator,
    needs: add(seen.need, memory.needs),
    grants: add(seen.grant, memory.grants),
    wishes: add(seen.wish, memory.wishes),
    batches: add(seen.batch, memory.batches),
    ...(foreign === undefined ? {} : { foreign }),
    ...(batchChangedAtMs === undefined ? {} : { batchChangedAtMs }),
  };
}

/** The count that somebody else wrote, and for how many cycles, this one included, it has stood; undefined: the count is ours. */
export function foreignWrite({ status }: ServerView, { foreign }: ServerMemory): ServerMemory['foreign'] {
  if (status?.lastWrittenReplicas === undefined || status.lastWrittenReplicas === status.desiredReplicas) return undefined;
  const { desiredReplicas } = status;
  return { desiredReplicas, cycles: foreign?.desiredReplicas === desiredReplicas ? foreign.cycles + 1 : 1 };
}

/** Whether `matches` held in each of the earlier cycles that the window covers. */
export function heldBefore<T>(earlier: readonly T[], config: GuardConfig, matches: (item: T) => boolean): boolean {
  const needed = config.stabilizationCycles - 1;
  return earlier.length >= needed && earlier.slice(0, needed).every(matches);
}

/**
 * Replicas below which the server must not go yet: the highest of the window, never more than it has. Worked, window 2: has 10,
 * needed 8 before and 3 now: 8. With a gap in the window (a restart, an unknown load): what it has.
 */
export function highestOfWindow(now: number | undefined, earlier: readonly number[], has: number, config: GuardConfig): number {
  if (now === undefined) return has;
  const window = [now, ...earlier].slice(0, config.stabilizationCycles);
  return window.length < config.stabilizationCycles ? has : Math.min(has, Math.max(...window));
}
