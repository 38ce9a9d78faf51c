import {
  isMissing,
  type CollectResponse,
  type Coverage,
  type Reading,
  type ServerReadings,
  type ServerStatus,
} from '#shared/contracts/loop.js';
import { counted, figure } from './figure.js';

/**
 * Why the load of a server may raise what it has and not lower it, in words; undefined: it rests on enough. After a gap, a restart of
 * all its pods say, few requests have come yet and the first to finish are the short ones, so what is measured is low by chance.
 */
export function whyShort({ arrivalRate, avgInTokens, avgOutTokens, numWaiting }: ServerReadings): string | undefined {
  const waiting = isMissing(numWaiting) ? 0 : numWaiting.value;
  if (waiting > 0 && !isMissing(arrivalRate) && arrivalRate.value === 0) {
    return `nothing came while ${counted(waiting, 'request')} waited: may raise, not lower`;
  }
  const short = [arrivalRate, avgInTokens, avgOutTokens].map(coverageOf).find((coverage) => coverage?.quality === 'short');
  if (short === undefined) return undefined;
  const [span, window] = [short.spanMs, short.windowMs].map((ms) => figure(ms / 1000));
  return `load measured over ${span ?? ''} s of ${window ?? ''} s after a start or a gap: may raise, not lower`;
}

/**
 * A load that is declared is believed, but not for less while no pod is ready: just then nothing is measured that might contradict it.
 * Undefined: some pod is, or none is wanted, or no load is.
 */
export function whyNobodySays({ arrivalRate }: ServerReadings, status: ServerStatus | undefined): string | undefined {
  if (status === undefined || status.desiredReplicas === 0 || status.readyReplicas > 0) return undefined;
  if (isMissing(arrivalRate) || arrivalRate.value === 0) return undefined;
  return 'none of its pods is ready: its load may raise, not lower';
}

/** The longest time that any rate of the fleet is taken over, ms; 0: all are declared. */
export function measuringWindowMs({ readings }: Pick<CollectResponse, 'readings'>): number {
  const windows = Object.values(readings).map(({ arrivalRate }) => coverageOf(arrivalRate)?.windowMs ?? 0);
  return windows.reduce((longest, windowMs) => Math.max(longest, windowMs), 0);
}

function coverageOf(reading: Reading): Coverage | undefined {
  return isMissing(reading) ? undefined : reading.coverage;
}
