import type { Clock } from '#shared/clock/clock.js';
import { errorText, type Logger } from '#shared/observe/logger.js';

/** What a reconciliation may ask for: to look at the same key again after a while, for deadlines that no event announces. */
export interface Again {
  againInMs: number;
}

export interface WorkQueueOptions {
  /** For log lines: whose work this is. */
  name: string;
  clock: Clock;
  logger: Logger;
  /** Keys that are worked on at the same time; one key never is. */
  workers: number;
  /** Brings one object to where it should be. Throws to be tried again, later each time. */
  reconcile: (key: string) => Promise<Again | undefined>;
}

export interface WorkQueue {
  /** Once in the queue, however often it is added; added while it is worked on, it comes again afterwards. */
  add(key: string): void;
  /** The earliest of several dates counts. */
  addAfter(key: string, delayMs: number): void;
  /** Takes no more, cancels what is scheduled and waits for what is under way. */
  stop(): Promise<void>;
}

const FIRST_BACKOFF_MS = 5;
const LONGEST_BACKOFF_MS = 30_000;
/** A conflict is a stale cache, gone in a moment: no warning before this many failures in a row. */
const QUIET_FAILURES = 6;

/** A queue of object keys with de-duplication, a bounded number of workers and exponential back-off per key (5 ms doubling to 30 s). */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { name, clock, logger, workers, reconcile } = options;
  const waiting = new Set<string>();
  const working = new Set<string>();
  const addedMeanwhile = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, { dueMs: number; cancel: () => void }>();
  let stopped = false;
  let onIdle: () => void = () => undefined;

  function add(key: string): void {
    if (stopped) return;
    if (working.has(key)) addedMeanwhile.add(key);
    else waiting.add(key);
    dispatch();
  }

  function addAfter(key: string, delayMs: number): void {
    if (stopped) return;
    const dueMs = clock.now() + Math.max(0, delayMs);
    const scheduled = timers.get(key);
    if (scheduled !== undefined && scheduled.dueMs <= dueMs) return;
    scheduled?.cancel();
    const cancel = clock.schedule(delayMs, () => {
      timers.delete(key);
      add(key);
    });
    timers.set(key, { dueMs, cancel });
  }

  function dispatch(): void {
    for (const key of waiting) {
      if (working.size >= workers) return;
      waiting.delete(key);
      working.add(key);
      void work(key);
    }
  }

  async function work(key: string): Promise<void> {
    try {
      // Not in the caller's stack: whoever adds a key is usually in the middle of handing out an event.
      await Promise.resolve();
      const again = stopped ? undefined : await reconcile(key);
      failures.delete(key);
      if (again !== undefined) addAfter(key, again.againInMs);
    } catch (error) {
      if (!stopped) retryLater(key, error);
    } finally {
      working.delete(key);
      if (addedMeanwhile.delete(key)) add(key);
      if (stopped && working.size === 0) onIdle();
      if (!stopped) dispatch();
    }
  }

  function retryLater(key: string, error: unknown): void {
    const failed = (failures.get(key) ?? 0) + 1;
    failures.set(key, failed);
    const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** (failed - 1), LONGEST_BACKOFF_MS);
    const level = failed > QUIET_FAILURES ? 'warn' : 'debug';
    logger[level]('reconciliation failed', { controller: name, key, failed, backoffMs, error: errorText(error) });
    addAfter(key, backoffMs);
  }

  return {
    add,
    addAfter,
    stop: () => {
      stopped = true;
      for (const { cancel } of timers.values()) cancel();
      timers.clear();
      waiting.clear();
      addedMeanwhile.clear();
      return working.size === 0 ? Promise.resolve() : new Promise((resolve) => (onIdle = resolve));
    },
  };
}
