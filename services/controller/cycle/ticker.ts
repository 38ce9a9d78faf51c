import type { Clock } from '#shared/clock/clock.js';

export interface Ticker {
  start(): void;
  stop(): void;
  /** ms since the epoch; null: there is none. */
  readonly nextAtMs: number | null;
}

/** When the next cycle is due after a time; null: never. */
export type Timetable = (afterMs: number) => number | null;

export function everyMs(periodMs: number): Timetable {
  return (afterMs) => afterMs + periodMs;
}

export const onDemandOnly: Timetable = () => null;

/** Far dates are waited for in parts: a timer takes no more than 2³¹ ms, and a clock may be set meanwhile. */
const LONGEST_WAIT_MS = 60_000;

/** Calls back at the times of a timetable; times that went by while nobody looked are not made up for. */
export function createTicker(clock: Clock, timetable: Timetable, onTick: () => void): Ticker {
  let nextAtMs: number | null = null;
  let cancel = (): void => undefined;

  const wait = (): void => {
    if (nextAtMs === null) return;
    cancel = clock.schedule(Math.min(LONGEST_WAIT_MS, Math.max(0, nextAtMs - clock.now())), look);
  };
  const look = (): void => {
    const due = nextAtMs !== null && clock.now() >= nextAtMs;
    if (due) {
      plan(nextAtMs ?? clock.now());
      onTick();
    }
    wait();
  };
  const plan = (afterMs: number): void => {
    nextAtMs = timetable(afterMs);
    // Late by more than a whole interval (a suspended machine): on from now.
    if (nextAtMs !== null && nextAtMs <= clock.now()) nextAtMs = timetable(clock.now());
  };
  return {
    start: () => {
      plan(clock.now());
      wait();
    },
    stop: () => {
      cancel();
      nextAtMs = null;
    },
    get nextAtMs() {
      return nextAtMs;
    },
  };
}
