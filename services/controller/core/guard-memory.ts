import { NO_EXHAUSTIONS, type Exhaustions } from './exhaustion.js';
import type { ServerView } from './server-view.js';
import { reaching, type Series, type Window } from './window.js';

/** What the guard remembers of a server from earlier cycles. */
export interface ServerMemory {
  /** The accelerator that `needs`, `grants` and `batches` are counted on. */
  readonly accelerator: string;
  /** Replicas needed on that accelerator. */
  readonly needs: Series<number>;
  /** Replicas that the solver alone granted there. */
  readonly grants: Series<number>;
  /** Accelerator that the solver alone wanted; empty: none. */
  readonly wishes: Series<string>;
  /** Max batch that would have been worth a roll-out on the current accelerator, or the one that ran. */
  readonly batches: Series<number>;
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

export const NO_STATE: GuardState = { servers: {}, exhaustions: NO_EXHAUSTIONS };

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
  const { nowMs, counts } = window;
  const add = <T>(value: T | undefined, earlier: Series<T>, merge: (latest: T, item: T) => readonly T[]): Series<T> => {
    if (value === undefined) return [];
    if (counts) return reaching([{ atMs: nowMs, value }, ...earlier], window);
    const [latest, ...others] = earlier;
    if (latest === undefined) return [];
    const merged = merge(latest.value, value).map((item) => ({ ...latest, value: item }));
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
