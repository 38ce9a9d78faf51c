import type { Clock } from '#shared/clock/clock.js';

/**
 * Real time, `factor` times as fast: back-offs and probe periods of seconds pass in tens of milliseconds, while sockets and the API
 * server live in their own time.
 */
export function fastClock(factor: number): Clock {
  const startMs = Date.now();
  return {
    now: () => startMs + (Date.now() - startMs) * factor,
    schedule: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs / factor);
      return () => clearTimeout(timer);
    },
  };
}
