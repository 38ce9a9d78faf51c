import { firstTokenAt, type FirstToken } from '../latency/predict.js';
import type { ServiceCurve } from '../latency/service-curve.js';
import { MAX_STEPS, TO_SPARE, TOLERANCE } from './search-limits.js';

/** The first rate tried, from the high end: most limits lie in the upper part of the range. */
const FIRST_FRACTION = 0.15;

/** An arrival rate, and what of it is served. */
export interface ServedRate {
  readonly ratePerMs: number;
  readonly throughputPerMs: number;
}

const firstToken: FirstToken = { waitMs: 0, waitSlope: 0, serviceMs: 0, throughputPerMs: 0 };

/**
 * The largest rate in [low, high] at which TTFT is at or below `targetMs`, where it holds at `low` and does not at `high`. The answer
 * itself meets the target.
 *
 * Newton's method on the logarithm of TTFT, inside a bracket that bisection takes over when a step would leave it. The wait's slope
 * comes with the wait; that of the prefill, far smaller, is taken from the last two rates. About 5 evaluations where interpolation
 * takes 6 and a half: this search is most of the time of a solve.
 */
export function largestTtftRate(curve: ServiceCurve, targetMs: number, low: number, high: number, ttftAtLow: number): ServedRate {
  // Aims at the middle of what may be spared.
  const aimMs = targetMs * (1 - TO_SPARE / 2);
  // Nobody waits at the low end.
  let lastServiceMs = ttftAtLow;
  let lastRate = low;
  let holds = low;
  let fails = high;
  let rate = high - FIRST_FRACTION * (high - low);
  for (let step = 0; step < MAX_STEPS; step++) {
    firstTokenAt(curve, rate, firstToken);
    const { waitMs, waitSlope, serviceMs, throughputPerMs } = firstToken;
    const excess = Math.log((waitMs + serviceMs) / aimMs);
    if (Math.abs(excess) < TO_SPARE / 2) return { ratePerMs: rate, throughputPerMs };
    if (excess < 0) holds = rate;
    else fails = rate;
    if (fails - holds <= TOLERANCE * holds) break;

    const serviceSlope = Math.max(0, (serviceMs - lastServiceMs) / (rate - lastRate));
    const next = rate - (excess * (waitMs + serviceMs)) / (waitSlope + serviceSlope);
    lastServiceMs = serviceMs;
    lastRate = rate;
    rate = next > holds && next < fails ? next : (holds + fails) / 2;
  }
  firstTokenAt(curve, holds, firstToken);
  return { ratePerMs: holds, throughputPerMs: firstToken.throughputPerMs };
}
