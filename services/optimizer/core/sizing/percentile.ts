import { firstTokenBeyond, itlPercentileMs, joiningMsAs, type Arrivals } from '../latency/distribution.js';
import { largestRate } from './largest-rate.js';
import { meets } from './meets.js';

/** Both latencies of a replica that this part of its requests stays within. */
export interface Percentiles {
  readonly itlMs: number;
  readonly ttftMs: number;
}

export function percentilesAt(arrivals: Arrivals, percentile: number): Percentiles {
  return { itlMs: itlPercentileMs(arrivals, percentile), ttftMs: ttftPercentileMs(arrivals, percentile) };
}

/** Below, a time to first token is none. */
const SHORTEST_MS = 1e-9;
/** More than a search for a rate spares: at a rate that just holds a target, the percentile is the target. */
const GRACE = 1e-7;

/** Whether the percentile of the times to first token is at or below a target, by how many exceed that: one look at the states. */
export function meetsTtft(arrivals: Arrivals, percentile: number, targetMs: number): boolean {
  return meets(firstTokenBeyond(arrivals, targetMs), (1 - percentile) * (1 + GRACE));
}

/** The least t with P(TTFT > t) ≤ 1 − percentile. */
export function ttftPercentileMs(arrivals: Arrivals, percentile: number): number {
  const { curve, last } = arrivals;
  const allowed = (1 - percentile) * (1 + GRACE);
  // Brackets it between two powers of two.
  let enough = Math.max(SHORTEST_MS, 2 * joiningMsAs(curve.joining(last), last));
  while (firstTokenBeyond(arrivals, enough) > allowed) enough *= 2;
  let short = enough / 2;
  while (firstTokenBeyond(arrivals, short) <= allowed) {
    enough = short;
    short /= 2;
    if (short < SHORTEST_MS) return 0;
  }
  // How many are late rises with 1/t.
  const lateAt = (inverse: number): number => firstTokenBeyond(arrivals, 1 / inverse);
  return 1 / largestRate(lateAt, allowed, 1 / enough, 1 / short, lateAt(1 / enough), lateAt(1 / short));
}
