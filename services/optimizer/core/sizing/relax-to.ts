import { arrivalsAt } from '../latency/distribution.js';
import type { ServiceCurve } from '../latency/service-curve.js';
import { loadRange } from './load-range.js';
import { percentilesAt } from './percentile.js';
import type { Targets } from './size-replica.js';

/** Steps in a relaxed target, relative to it: what people read, and well within the 1 % that would no longer do. */
const DIGITS = 4;
/** A percentile is searched to so much of itself. */
const GRACE = 1e-6;
/** No double has a power of ten beyond it. */
const MOST_DECIMALS = 308;

/**
 * Targets that one nearly idle replica just meets: those that it misses raised to what it comes to, rounded up.
 * @returns how many times as long the one that is raised most has become, too; 1: all are met
 */
export function relaxTo(curve: ServiceCurve, targets: Targets): { readonly relaxed: Targets; readonly factor: number } {
  const { itlMs, ttftMs, percentile } = targets;
  const { low, atLow } = loadRange(curve);
  const idle = percentile === undefined ? atLow : percentilesAt(arrivalsAt(curve, low), percentile);
  const tolerance = percentile === undefined ? 0 : GRACE;
  const relaxed = { ...targets, itlMs: raised(itlMs, idle.itlMs, tolerance), ttftMs: raised(ttftMs, idle.ttftMs, tolerance) };
  const factor = Math.max(1, itlMs > 0 ? relaxed.itlMs / itlMs : 1, ttftMs > 0 ? relaxed.ttftMs / ttftMs : 1);
  return { relaxed, factor: Math.min(Number.MAX_VALUE, factor) };
}

function raised(targetMs: number, idleMs: number, tolerance: number): number {
  const neededMs = idleMs * (1 + tolerance);
  return targetMs === 0 || neededMs <= targetMs ? targetMs : roundedUp(neededMs);
}

function roundedUp(value: number): number {
  const decimals = DIGITS - 1 - Math.floor(Math.log10(value));
  if (decimals > MOST_DECIMALS) return value;
  // By powers of ten with a positive exponent: those are exact.
  const up =
    decimals >= 0 ? Math.ceil(value * 10 ** decimals) / 10 ** decimals : Math.ceil(value / 10 ** -decimals) * 10 ** -decimals;
  return Math.max(value, up);
}
