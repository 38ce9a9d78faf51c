/** Relative size of a term at which a series is summed. */
const NEGLIGIBLE = 1e-16;
/** Both expansions take about √count terms near mean = count; this is for counts in the tens of millions. */
const MOST_TERMS = 20_000;
const TINY = 1e-300;
/** Chernoff: P(Poisson(mean) ≥ count) ≤ e^(−(count − mean)²/(2·count)), here below e^−40. */
const SURELY_BELOW = 80;

/**
 * ln P(Poisson(mean) < count), for a whole count ≥ 1 and mean ≥ 0: the logarithm of the regularised upper incomplete gamma function
 * Q(count, mean). As a logarithm it keeps its digits where the probability itself would underflow.
 *
 * Below count + 1 by the series of the lower function, above by the continued fraction of the upper (Abramowitz and Stegun 6.5.29 and
 * 6.5.31, the fraction by Lentz's method). Worked: count 2, mean 1 → P = 2/e = 0.7358, ln = −0.3069.
 */
export function logPoissonBelow(count: number, mean: number): number {
  if (mean === 0) return 0;
  const room = count - mean;
  if (room > 0 && room * room > SURELY_BELOW * count) return 0;
  const logScale = count * Math.log(mean) - mean - logFactorial(count);
  return mean < count + 1
    ? Math.log1p(-Math.min(1, Math.exp(logScale) * lowerSeries(count, mean)))
    : logScale + Math.log(count * upperFraction(count, mean));
}

/** Σ mean^i/((count + 1)·…·(count + i)), i ≥ 0. */
function lowerSeries(count: number, mean: number): number {
  let term = 1;
  let sum = 1;
  for (let i = 1; i < MOST_TERMS && term > NEGLIGIBLE * sum; i++) {
    term *= mean / (count + i);
    sum += term;
  }
  return sum;
}

/** 1/(x + 1 − a − 1·(1 − a)/(x + 3 − a − 2·(2 − a)/(x + 5 − a − …))) with a = count, x = mean. */
function upperFraction(count: number, mean: number): number {
  let b = mean + 1 - count;
  let c = 1 / TINY;
  let d = 1 / b;
  let value = d;
  for (let i = 1; i < MOST_TERMS; i++) {
    const a = i * (count - i);
    b += 2;
    d = 1 / awayFromZero(b + a * d);
    c = awayFromZero(b + a / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < 10 * NEGLIGIBLE) break;
  }
  return value;
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value;
}

const SMALL_FACTORIALS = [1, 1, 2, 6, 24, 120, 720, 5040, 40_320, 362_880];

/** ln n! by Stirling's series, whose next term is below 1e-12 from n = 10 on. */
function logFactorial(n: number): number {
  const small = SMALL_FACTORIALS[n];
  if (small !== undefined) return Math.log(small);
  const inverse = 1 / n;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188))));
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + series;
}
