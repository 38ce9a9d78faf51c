import { firstTokenAt, noFirstToken, type FirstToken } from '../latency/predict.js';
import type { LoadRange } from './load-range.js';
import { MAX_STEPS, TO_SPARE, TOLERANCE } from './search-limits.js';

/** The first rate tried, from the high end: most limits lie in the upper part of the range. */
const FIRST_FRACTION = 0.15;

/** An arrival rate, and what of it is served. */
export interface ServedRate {
  readonly ratePerMs: number;
  readonly throughputPerMs: number;
}

const firstToken = noFirstToken();

/**
 * The largest rate between the low end of the range and `high` at which TTFT is at or below `targetMs`, where it holds at the one and
 * not at the other. The answer itself meets the target.
 *
 * Newton's method inside a bracket that bisection takes over when a step would leave it: about 4 and a half evaluations, whatever the
 * max batch. This search is most of the time of a solve.
 */
export function largestTtftRate({ curve, low, atLow, start }: LoadRange, targetMs: number, high: number): ServedRate {
  // Aims at the middle of what may be spared.
  const aimMs = targetMs * (1 - TO_SPARE / 2);
  // Nobody waits at the low end.
  let lastServiceMs = atLow.ttftMs;
  let lastRate = low;
  let holds = low;
  let fails = high;
  let rate = high - FIRST_FRACTION * (high - low);
  if (start.ratePerMs !== rate) firstTokenAt(curve, rate, start);
  let found = start;
  for (let step = 0; step < MAX_STEPS; step++) {
    const excessMs = found.waitMs + found.serviceMs - aimMs;
    if (Math.abs(excessMs) < (TO_SPARE / 2) * aimMs) return { ratePerMs: rate, throughputPerMs: found.throughputPerMs };
    if (excessMs < 0) holds = rate;
    else fails = rate;
    if (fails - holds <= TOLERANCE * holds) break;

    const serviceSlope = Math.max(0, (found.serviceMs - lastServiceMs) / (rate - lastRate));
    const next = newtonStep(found, serviceSlope, rate, aimMs);
    lastServiceMs = found.serviceMs;
    lastRate = rate;
    rate = next > holds && next < fails ? next : (holds + fails) / 2;
    firstTokenAt(curve, rate, firstToken);
    found = firstToken;
  }
  firstTokenAt(curve, holds, firstToken);
  return { ratePerMs: holds, throughputPerMs: firstToken.throughputPerMs };
}

/**
 * The wait grows with a power of the rate that changes slowly (it comes with the wait), over as many powers of ten as there are: the
 * step is on the logarithms of both, towards the wait that the prefill leaves room for. The prefill's own slope, far smaller, is that
 * of the last two rates. Where there is no wait, or no room for one, the step is on the sum.
 */
function newtonStep({ waitMs, waitSlope, serviceMs }: FirstToken, serviceSlope: number, rate: number, aimMs: number): number {
  const roomMs = aimMs - serviceMs;
  if (waitMs === 0 || roomMs <= 0) return rate + (roomMs - waitMs) / (waitSlope + serviceSlope);
  const power = rate * (waitSlope / waitMs + serviceSlope / roomMs);
  return rate * Math.exp(Math.log(roomMs / waitMs) / power);
}
