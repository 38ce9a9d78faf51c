import { geometricTail, type GeometricTail } from './geometric-tail.js';
import { inversesUpTo } from './inverses.js';
import { BASE_MS, FIGURES, LAST_BATCH, SLOPE_MS, SLOWEST_AFTER, type ServiceCurve } from './service-curve.js';
import type { QueueMeans } from './service-model.js';

/** Stationary means of one replica. Written in place: an evaluation allocates nothing. */
export interface QueueFigures extends QueueMeans {
  /** Requests/ms that are served; what is missing to the offered rate is lost at a full queue. */
  throughputPerMs: number;
  /** Time before it, of an admitted request. */
  meanWaitMs: number;
  /** How that rises with the arrival rate: ms per request/ms, good to three digits. */
  meanWaitSlope: number;
}

export function noFigures(): QueueFigures {
  return {
    throughputPerMs: 0,
    meanBatch: 0,
    meanServiceMs: 0,
    meanWaitMs: 0,
    meanWaitSlope: 0,
    findsNobody: 0,
    joinedBatch: 0,
  };
}

const LARGEST_TERM = 2 ** 400;
const RESCALE = 2 ** -400;
/** A term that is this small relative to the sum, and shrinking by a tenth each, adds nothing to a double. */
const NEGLIGIBLE = 1e-18;
const SURELY_SHRINKING = 0.9;

const tail: GeometricTail = { sum: 0, sumBelowLast: 0, weightedSum: 0, squareWeightedSum: 0, headFactor: 0 };

/**
 * The birth-death queue M/M(n)/1/K with service rate μ(n) = n/S(n) up to the max batch N, and μ(N) above, where at most Q wait
 * (K = N + Q). State probabilities are p(n) ∝ Π λ/μ(i). Above N they are geometric with ratio λ/μ(N) and are summed in closed
 * form, so an evaluation costs O(N), however long the queue, and less where larger batches are hardly ever reached; the running
 * product is rescaled before it can overflow.
 * An underflow to 0 is left: a state 1e-300 less likely than another is not reached from it in any time that matters.
 */
export function evaluateQueue(curve: ServiceCurve, ratePerMs: number, figures: QueueFigures): void {
  const { lines, maxBatch, maxQueue } = curve;
  const inverse = inversesUpTo(maxBatch);
  let term = 1;
  let empty = 1;
  let sum = 1;
  let batchSum = 0;
  let batch = 1;
  let line = 0;
  let negligible = false;
  // All but the full batch.
  while (batch < maxBatch && !negligible) {
    const base = ratePerMs * (lines[line + BASE_MS] as number);
    const slope = ratePerMs * (lines[line + SLOPE_MS] as number);
    const shrinksAfter = ratePerMs * (lines[line + SLOWEST_AFTER] as number) < SURELY_SHRINKING;
    const lastBatch = lines[line + LAST_BATCH] as number;
    // A whole number to the compiler too: the loops take half as long.
    const last = Math.min(lastBatch, maxBatch - 1) | 0;
    // Four states a turn, so that the checks cost a quarter.
    for (; batch + 3 <= last && !negligible; batch += 4) {
      const first = term * (base * (inverse[batch] as number) + slope);
      const second = first * (base * (inverse[batch + 1] as number) + slope);
      const third = second * (base * (inverse[batch + 2] as number) + slope);
      const ratio = base * (inverse[batch + 3] as number) + slope;
      term = third * ratio;
      const lastTwo = third + term;
      const lastThree = second + lastTwo;
      const four = first + lastThree;
      sum += four;
      batchSum += batch * four + (lastThree + lastTwo + term);
      if (term > LARGEST_TERM) {
        term *= RESCALE;
        empty *= RESCALE;
        sum *= RESCALE;
        batchSum *= RESCALE;
      }
      negligible = term < sum * NEGLIGIBLE && ratio < SURELY_SHRINKING && shrinksAfter;
    }
    if (negligible) break;
    for (; batch <= last; batch++) {
      term *= base * (inverse[batch] as number) + slope;
      sum += term;
      batchSum += batch * term;
    }
    // A line may have fewer than four states.
    if (term > LARGEST_TERM) {
      term *= RESCALE;
      empty *= RESCALE;
      sum *= RESCALE;
      batchSum *= RESCALE;
    }
    if (batch > lastBatch) {
      line += FIGURES;
      negligible = term < sum * NEGLIGIBLE && shrinksAfter;
    }
  }
  if (negligible) {
    figures.throughputPerMs = ratePerMs;
    figures.meanBatch = batchSum / sum;
    figures.meanServiceMs = figures.meanBatch / ratePerMs;
    figures.meanWaitMs = 0;
    figures.meanWaitSlope = 0;
    figures.findsNobody = empty / sum;
    figures.joinedBatch = figures.meanBatch + 1;
    return;
  }
  const ratio = ratePerMs * ((lines[line + BASE_MS] as number) / maxBatch + (lines[line + SLOPE_MS] as number));
  term *= ratio;

  geometricTail(ratio, maxQueue, tail);
  const head = tail.headFactor;
  const below = sum * head;
  const admitting = maxQueue === 0 ? below : below + term * (head + tail.sumBelowLast);
  const full = term * (head + tail.sum);
  const total = below + full;
  const inBatch = batchSum * head + maxBatch * full;
  figures.throughputPerMs = (ratePerMs * admitting) / total;
  figures.meanBatch = inBatch / total;
  figures.meanServiceMs = inBatch / (ratePerMs * admitting);
  figures.findsNobody = (empty * head) / admitting;
  figures.joinedBatch = (batchSum * head + below + maxBatch * (admitting - below)) / admitting;
  figures.meanWaitMs = (term * tail.weightedSum) / (ratePerMs * admitting);
  const batchSumToFull = (batchSum + maxBatch * term) * head;
  figures.meanWaitSlope = (figures.meanWaitMs * waitExponent(curve, batchSumToFull, term, admitting)) / ratePerMs;
}

/**
 * The power of λ that the wait grows with: it is Σ j·p(N + j) / (λ·Σ p(n)) over waiting states j and admitting states n, and as p(n)
 * goes like λ^n, each sum grows with the mean of its state numbers.
 */
function waitExponent({ maxBatch, maxQueue }: ServiceCurve, batchSum: number, term: number, admitting: number): number {
  if (maxQueue === 0) return 0;
  const { sum, sumBelowLast, weightedSum, squareWeightedSum } = tail;
  const waitingState = maxBatch + squareWeightedSum / weightedSum;
  const waitingBelowLast = weightedSum - maxQueue * (sum - sumBelowLast);
  const admittingState = (batchSum + term * (maxBatch * sumBelowLast + waitingBelowLast)) / admitting;
  return waitingState - 1 - admittingState;
}
