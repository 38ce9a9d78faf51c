/** Sums over the waiting states j = 1..Q, whose terms are ratio^j relative to that of the full batch. */
export interface GeometricTail {
  /** Σ ratio^j */
  sum: number;
  /** The same without j = Q, where arrivals are lost. */
  sumBelowLast: number;
  /** Σ j·ratio^j */
  weightedSum: number;
  /** Σ j²·ratio^j, good to three digits: only slopes are made of it. */
  squareWeightedSum: number;
  /**
   * What the sums of the states up to the full batch are to be multiplied with: 1, or, where ratio^Q would overflow, ratio^−Q;
   * the sums above are then in units of ratio^Q.
   */
  headFactor: number;
}

/** Beyond this, ratio^Q is no longer formed: e^250 leaves room for the head's own scale (2^400 = e^277). */
const LARGEST_EXPONENT = 250;
/** Below this, ratio^Q is nothing beside the sums. */
const SMALLEST_EXPONENT = -45;
/** Below this, differences of the closed forms lose more digits than the series below cuts off: both about 1e-11. */
const NEARLY_ONE = 1e-4;

/**
 * Closed forms of a cut geometric series, safe at ratio = 1, for ratios far above 1 and for long queues.
 * Worked: ratio 0.5, Q 3 → sum 0.875, below last 0.75, weighted 0.5 + 2·0.25 + 3·0.125 = 1.375.
 */
export function geometricTail(ratio: number, length: number, out: GeometricTail): void {
  out.headFactor = 1;
  if (length === 0) {
    out.sum = 0;
    out.sumBelowLast = 0;
    out.weightedSum = 0;
    out.squareWeightedSum = 0;
    return;
  }
  // ln(ratio) ≤ ratio − 1: most queues are seen to end long before their limit without a logarithm.
  if ((ratio - 1) * length < SMALLEST_EXPONENT) {
    out.sum = ratio / (1 - ratio);
    out.sumBelowLast = out.sum;
    out.weightedSum = out.sum / (1 - ratio);
    out.squareWeightedSum = (out.weightedSum * (1 + ratio)) / (1 - ratio);
    return;
  }
  const logRatio = Math.log(ratio);
  const exponent = length * logRatio;
  if (exponent > LARGEST_EXPONENT) {
    overloadedTail(1 / ratio, length, out);
    return;
  }
  const lastExcess = Math.expm1(exponent);
  const last = 1 + lastExcess;
  const excess = ratio - 1;
  if (Math.abs(excess) * length < NEARLY_ONE) {
    nearlyConstantTail(excess, length, out);
  } else {
    const beyond = length * ratio * last;
    out.sum = (ratio * lastExcess) / excess;
    out.weightedSum = (beyond - out.sum) / excess;
    out.squareWeightedSum = (length * beyond - 2 * out.weightedSum + out.sum) / excess;
  }
  // Where the last term is most of the sum, its difference to the sum would lose what it is about.
  out.sumBelowLast = ratio < 2 ? Math.max(0, out.sum - last) : (ratio * Math.expm1(exponent - logRatio)) / excess;
}

/** Σ j^a·(1 + e)^j by its series in e, up to e². */
function nearlyConstantTail(excess: number, length: number, out: GeometricTail): void {
  const first = (length * (length + 1)) / 2;
  const second = (first * (2 * length + 1)) / 3;
  const third = first * first;
  const half = (excess * excess) / 2;
  out.sum = length + excess * first + half * (second - first);
  out.weightedSum = first + excess * second + half * (third - second);
  out.squareWeightedSum = second;
}

/** In units of ratio^Q, counted from the full queue down: Σ (Q − i)^a·s^i for i = 0..Q−1, with s = 1/ratio and s^Q ≈ 0. */
function overloadedTail(inverse: number, length: number, out: GeometricTail): void {
  const rest = inverse / (1 - inverse);
  out.headFactor = Math.pow(inverse, length);
  out.sum = 1 + rest;
  out.sumBelowLast = rest;
  const first = rest / (1 - inverse);
  const second = (first * (1 + inverse)) / (1 - inverse);
  out.weightedSum = length * out.sum - first;
  out.squareWeightedSum = length * (length * out.sum - 2 * first) + second;
}
