import { isMissing, type Reading, type ServerReadings } from '#shared/contracts/loop.js';
import type { Targets } from './facts.js';

const MS_PER_MINUTE = 60_000;
/** Where the load is declared, and no measuring window says in which time things are to happen. */
const USUAL_WINDOW_MS = MS_PER_MINUTE;

/**
 * Requests/min beyond those offered that a server must carry for a measuring window, so that what waits too long is worked off in it.
 * As many may wait as come within the target for the first token, by Little's law; without one as come within the window. Worked: 60
 * requests/min, target 2 s, window 30 s, 42 wait: 40 of them too long, so 80 more. It never asks for more than twice the offered load:
 * after an outage of an hour the backlog is worked off in more than one window, and clients that gave up are not paid for.
 * 0 where it is not known how many wait.
 */
export function backlogRate({ arrivalRate, numWaiting }: ServerReadings, targets: Targets | null): number {
  if (isMissing(arrivalRate) || isMissing(numWaiting)) return 0;
  const windowMs = windowOf(arrivalRate);
  const ttftMs = targets?.ttft ?? 0;
  const mayWait = (arrivalRate.value / MS_PER_MINUTE) * (ttftMs > 0 ? ttftMs : windowMs);
  const excess = Math.max(0, numWaiting.value - mayWait);
  return Math.min(arrivalRate.value, (excess * MS_PER_MINUTE) / windowMs);
}

function windowOf(reading: Reading): number {
  return isMissing(reading) ? USUAL_WINDOW_MS : (reading.coverage?.windowMs ?? USUAL_WINDOW_MS);
}
