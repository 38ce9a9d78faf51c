export const percentiles = [0.5, 0.95, 0.99] as const;

/** A mean and percentiles of one latency, ms. */
export interface Statistics {
  readonly mean: number;
  /** In the order of `percentiles`. */
  readonly at: readonly number[];
}

export interface Measured extends Statistics {
  /** The largest half-width of the 95 % confidence intervals, relative to its value. */
  readonly uncertainty: number;
}

/** Batches in which a run is cut: so long that neighbours hardly depend on each other, so many that their spread is known. */
const BATCHES = 20;
/** Student's t for 19 degrees of freedom, 95 % two-sided. */
const STUDENT = 2.093;

/** Of a run in the order of time, by batch means: latencies of neighbours in a queue are far from independent. */
export function measure(values: Float64Array): Measured {
  const whole = statisticsOf(values);
  const size = Math.floor(values.length / BATCHES);
  const batches = Array.from({ length: BATCHES }, (_, index) => statisticsOf(values.subarray(index * size, (index + 1) * size)));
  const halfWidth = (of: (batch: Statistics) => number): number => {
    const each = batches.map(of);
    const mean = each.reduce((sum, value) => sum + value, 0) / BATCHES;
    const variance = each.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (BATCHES - 1);
    return (STUDENT * Math.sqrt(variance / BATCHES)) / of(whole);
  };
  const uncertainty = Math.max(
    halfWidth(({ mean }) => mean),
    ...percentiles.map((_, index) => halfWidth(({ at }) => at[index] ?? NaN)),
  );
  return { ...whole, uncertainty };
}

function statisticsOf(values: Float64Array): Statistics {
  const sorted = Float64Array.from(values).sort();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, at: percentiles.map((part) => sorted[Math.ceil(part * sorted.length) - 1] ?? NaN) };
}
