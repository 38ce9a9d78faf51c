import type { Clock } from '#shared/clock/clock.js';
import type { CycleOutcome } from './run-cycle.js';

export interface EarlyRetry {
  /** Runs a cycle, and further ones until a peer that was away has answered. */
  begin(): void;
  stop(): void;
  /** When the next further cycle is due, ms since the epoch; null: none is. */
  readonly dueAtMs: number | null;
}

export interface EarlyRetryOptions {
  clock: Clock;
  /** One cycle; undefined: another one ran. */
  run: () => Promise<CycleOutcome | undefined>;
  /** Of the cycle that comes anyway; null: none does. */
  nextAtMs: () => number | null;
}

const FIRST_DELAY_MS = 1000;

/**
 * A cycle that found a peer away is run again before the next one is due, as all parts of a loop start at once and the last of them
 * may be there a second later. The waits double, 1, 2, 4 … s, for as long as none succeeds, and none reaches beyond the next cycle:
 * of a peer that stays away the period alone asks in the end.
 */
export function createEarlyRetry({ clock, run, nextAtMs }: EarlyRetryOptions): EarlyRetry {
  let delayMs = FIRST_DELAY_MS;
  let dueAtMs: number | null = null;
  let cancel = (): void => undefined;
  let stopped = false;

  const begin = (): void => {
    cancel();
    dueAtMs = null;
    void run().then((outcome) => {
      if (stopped || outcome === undefined || dueAtMs !== null) return;
      if (!outcome.peerAway) delayMs = FIRST_DELAY_MS;
      else if (mayRunAgain(outcome)) plan();
    });
  };
  const plan = (): void => {
    const atMs = clock.now() + delayMs;
    if (atMs >= (nextAtMs() ?? Infinity)) return;
    delayMs *= 2;
    dueAtMs = atMs;
    cancel = clock.schedule(atMs - clock.now(), begin);
  };
  return {
    begin,
    stop: () => {
      stopped = true;
      cancel();
      dueAtMs = null;
    },
    get dueAtMs() {
      return dueAtMs;
    },
  };
}

/** Every cycle that a schedule calls and that comes to a decision counts for the windows, so no such cycle is run twice. */
function mayRunAgain({ record, decided }: CycleOutcome): boolean {
  return record.trigger !== 'schedule' || decided === undefined;
}
