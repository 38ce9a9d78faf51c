import { MAX_STEPS, TO_SPARE, TOLERANCE } from './search-limits.js';

/** The first rate tried, from the high end: most limits lie in the upper part of the range. */
const FIRST_FRACTION = 0.2;

/**
 * The largest rate in [low, high] at which `metric` is at or below `target`, for a metric that rises with the rate, holds at `low`
 * and does not at `high`. The answer itself meets the target.
 *
 * Chandrupatla's method (Advances in Engineering Software 28, 1997): inverse quadratic interpolation where it is safe, else bisection;
 * about 5 evaluations where bisection takes 30. It works on the logarithm of the metric, whatever powers of ten that ranges over; at
 * a jump it degrades to bisection.
 */
export function largestRate(
  metric: (rate: number) => number,
  target: number,
  low: number,
  high: number,
  metricAtLow: number,
  metricAtHigh: number,
): number {
  // Aims at the middle of what may be spared.
  const aim = target * (1 - TO_SPARE / 2);
  const excess = (value: number): number => Math.log(value / aim);
  let newest = high;
  let newestExcess = excess(metricAtHigh);
  let other = low;
  let otherExcess = excess(metricAtLow);
  let holds = low;
  let fraction = FIRST_FRACTION;
  for (let step = 0; step < MAX_STEPS; step++) {
    const rate = newest + fraction * (other - newest);
    const rateExcess = excess(metric(rate));
    if (Math.abs(rateExcess) < TO_SPARE / 2) return rate;
    const dropped = isAbove(rateExcess) === isAbove(newestExcess) ? newest : other;
    const droppedExcess = dropped === newest ? newestExcess : otherExcess;
    if (dropped === other) {
      other = newest;
      otherExcess = newestExcess;
    }
    newest = rate;
    newestExcess = rateExcess;
    holds = isAbove(newestExcess) ? other : newest;

    const smallest = (0.5 * TOLERANCE * holds) / Math.abs(other - newest);
    if (smallest > 0.5) break;
    fraction = nextFraction(newest, newestExcess, other, otherExcess, dropped, droppedExcess);
    fraction = Math.min(1 - smallest, Math.max(smallest, fraction));
  }
  return holds;
}

function isAbove(excess: number): boolean {
  // A metric that is not a number meets no target.
  return !(excess <= 0);
}

/** Where between `newest` (0) and `other` (1) to look next, from the three last points. */
function nextFraction(
  newest: number,
  atNewest: number,
  other: number,
  atOther: number,
  dropped: number,
  atDropped: number,
): number {
  const xi = (newest - other) / (dropped - other);
  const phi = (atNewest - atOther) / (atDropped - atOther);
  if (!(phi * phi < xi && (1 - phi) * (1 - phi) < 1 - xi)) return 0.5;
  return (
    (atNewest / (atOther - atNewest)) * (atDropped / (atOther - atDropped)) +
    ((((dropped - newest) / (other - newest)) * atNewest) / (atDropped - atNewest)) * (atOther / (atDropped - atOther))
  );
}
