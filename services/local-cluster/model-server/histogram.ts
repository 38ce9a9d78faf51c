/**
 * A Prometheus histogram that takes many observations at once, as the engine reports them, and costs nothing until the first:
 * thousands of mostly idle servers live in one process. (prom-client's observes one value at a time and sets up every series.)
 */
export class Histogram {
  readonly bounds: readonly number[];
  sum = 0;
  count = 0;
  /** Per bucket, not cumulative; the last is +Inf. */
  #counts: Float64Array | undefined;

  /** `bounds`: upper bounds of the buckets, ascending. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
  }

  observe(value: number): void {
    this.#add(this.#bucketOf(value), 1);
    this.sum += value;
    this.count++;
  }

  /** Observes first, first + step, …, `length` values in all, each `times` times; step ≥ 0. The work is per bucket, not per value. */
  observeSeries(first: number, step: number, length: number, times: number): void {
    let done = 0;
    for (let bucket = this.#bucketOf(first); done < length; bucket++) {
      const bound = this.bounds[bucket] ?? Infinity;
      const within = step === 0 || bound === Infinity ? length : Math.floor((bound - first) / step) + 1;
      const reached = Math.max(done, Math.min(length, within));
      this.#add(bucket, (reached - done) * times);
      done = reached;
    }
    this.sum += times * (length * first + (step * length * (length - 1)) / 2);
    this.count += length * times;
  }

  /** Observations up to each bound. */
  cumulative(): number[] {
    let total = 0;
    return this.bounds.map((_, bucket) => (total += this.#counts?.[bucket] ?? 0));
  }

  #add(bucket: number, count: number): void {
    this.#counts ??= new Float64Array(this.bounds.length + 1);
    (this.#counts[bucket] as number) += count;
  }

  #bucketOf(value: number): number {
    let low = 0;
    let high = this.bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= (this.bounds[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
