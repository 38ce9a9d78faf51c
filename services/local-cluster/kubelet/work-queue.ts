import type { Clock } from '#shared/clock/clock.js';

export interface WorkQueueOptions {
  /** Handles a key; throwing puts it back after a wait that doubles with every failure in a row. */
  process: (key: string) => Promise<void>;
  concurrency: number;
  clock: Clock;
  onError: (key: string, error: unknown, retryInMs: number) => void;
  firstRetryMs?: number;
  longestRetryMs?: number;
}

export interface WorkQueue {
  /** Has the key handled, once, however often it is added meanwhile; added while it is being handled, once more afterwards. */
  add(key: string, delayMs?: number): void;
  /** Keys that wait or run. */
  readonly size: number;
  /** Takes nothing up any more; resolves when what runs has ended. */
  stop(): Promise<void>;
}

/**
 * Handles keys, not events: a thing that changed five times while it waited is handled once, in its latest state. A key is never
 * handled twice at the same time.
 */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { process, concurrency, clock, onError, firstRetryMs = 200, longestRetryMs = 5_000 } = options;
  const due = new Set<string>();
  const delayed = new Map<string, () => void>();
  const running = new Map<string, Promise<void>>();
  const failures = new Map<string, number>();
  let stopped = false;

  function add(key: string, delayMs = 0): void {
    // A key that waits, for its time or after a failure, keeps that wait: the wait is there to protect the API server.
    if (stopped || due.has(key) || delayed.has(key)) return;
    if (delayMs <= 0) {
      due.add(key);
      pull();
      return;
    }
    delayed.set(
      key,
      clock.schedule(delayMs, () => {
        delayed.delete(key);
        due.add(key);
        pull();
      }),
    );
  }

  function pull(): void {
    for (const key of due) {
      if (stopped || running.size >= concurrency) return;
      if (running.has(key)) continue;
      due.delete(key);
      running.set(key, handle(key));
    }
  }

  async function handle(key: string): Promise<void> {
    try {
      await process(key);
      failures.delete(key);
    } catch (error) {
      const failed = failures.get(key) ?? 0;
      const retryInMs = Math.min(firstRetryMs * 2 ** failed, longestRetryMs);
      failures.set(key, failed + 1);
      if (!stopped) {
        due.delete(key);
        onError(key, error, retryInMs);
        add(key, retryInMs);
      }
    }
    running.delete(key);
    pull();
  }

  return {
    add,
    get size() {
      return due.size + delayed.size + running.size;
    },
    stop: async () => {
      stopped = true;
      for (const cancel of delayed.values()) cancel();
      delayed.clear();
      due.clear();
      await Promise.all(running.values());
    },
  };
}
