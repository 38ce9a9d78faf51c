/** What is to be told of a Deployment. */
export interface DeploymentEvent {
  readonly uid: string;
  readonly space: string;
  readonly name: string;
  readonly type: 'Normal' | 'Warning';
  /** One word, CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** An Event object as it was last written, and how often it has happened by now. */
interface Entry {
  readonly eventName: string;
  readonly count: number;
  readonly writtenAtMs: number;
}

interface Bucket {
  readonly left: number;
  readonly atMs: number;
}

/** What was told so far. Oldest first, and bounded; a restart begins anew, at worst with an Event of its own. */
export interface Ledger {
  readonly entries: ReadonlyMap<string, Entry>;
  /** By uid: how many new Events the object may still have. */
  readonly buckets: ReadonlyMap<string, Bucket>;
  readonly sequence: number;
}

export const EMPTY_LEDGER: Ledger = { entries: new Map(), buckets: new Map(), sequence: 0 };

export type EventWrite =
  | { readonly kind: 'create'; readonly eventName: string }
  | { readonly kind: 'count'; readonly eventName: string; readonly count: number };

/** Repetitions are counted on the first Event, which is written this often at most. */
const COUNT_EVERY_MS = 60_000;
/** The API server keeps an Event for an hour after its last write. */
const FORGOTTEN_AFTER_MS = 3_600_000;
/** New Events of one object: so many at once, and one more a minute. */
const BURST = 20;
const REFILL_MS = 60_000;
const MOST_REMEMBERED = 2048;

/** What is to be written for an event, if anything: reason and message as before are a count, everything else is new. */
export function record(ledger: Ledger, event: DeploymentEvent, nowMs: number): { ledger: Ledger; write: EventWrite | undefined } {
  const key = keyOf(event);
  const entry = ledger.entries.get(key);
  if (entry !== undefined && nowMs - entry.writtenAtMs < FORGOTTEN_AFTER_MS) {
    const count = entry.count + 1;
    const isDue = nowMs - entry.writtenAtMs >= COUNT_EVERY_MS;
    const next = { ...entry, count, writtenAtMs: isDue ? nowMs : entry.writtenAtMs };
    return {
      ledger: { ...ledger, entries: put(ledger.entries, key, next) },
      write: isDue ? { kind: 'count', eventName: entry.eventName, count } : undefined,
    };
  }
  const bucket = refilled(ledger.buckets.get(event.uid), nowMs);
  if (bucket.left < 1) return { ledger, write: undefined };
  const sequence = ledger.sequence + 1;
  // Unique over restarts by the time, within one run by the sequence.
  const eventName = `${event.name.slice(0, 220)}.${nowMs.toString(16)}${(sequence % 0x10000).toString(16).padStart(4, '0')}`;
  return {
    ledger: {
      entries: put(ledger.entries, key, { eventName, count: 1, writtenAtMs: nowMs }),
      buckets: put(ledger.buckets, event.uid, { ...bucket, left: bucket.left - 1 }),
      sequence,
    },
    write: { kind: 'create', eventName },
  };
}

/** After a write has failed: the next occurrence is a new Event. */
export function forget(ledger: Ledger, event: DeploymentEvent): Ledger {
  const entries = new Map(ledger.entries);
  entries.delete(keyOf(event));
  return { ...ledger, entries };
}

function keyOf({ uid, type, reason, message }: DeploymentEvent): string {
  return JSON.stringify([uid, type, reason, message]);
}

function refilled(bucket: Bucket | undefined, nowMs: number): Bucket {
  if (bucket === undefined) return { left: BURST, atMs: nowMs };
  const back = Math.max(0, Math.floor((nowMs - bucket.atMs) / REFILL_MS));
  return back === 0 ? bucket : { left: Math.min(BURST, bucket.left + back), atMs: bucket.atMs + back * REFILL_MS };
}

/** As the latest; what is oldest goes. */
function put<T>(map: ReadonlyMap<string, T>, key: string, value: T): Map<string, T> {
  const next = new Map(map);
  next.delete(key);
  next.set(key, value);
  const [oldest] = next.keys();
  if (next.size > MOST_REMEMBERED && oldest !== undefined) next.delete(oldest);
  return next;
}
