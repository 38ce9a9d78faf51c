import { NS_PER_MS } from './costs.js';
import type { ArrivalSource } from './feed.js';
import { RandomSequence } from './random.js';

/** Load offered to one server, as the load labels of a Deployment say it (shared over its ready pods). */
export interface OfferedLoad {
  /** Requests per minute, ≥ 0. */
  arrivalRatePerMin: number;
  avgInTokens: number;
  avgOutTokens: number;
}

export interface PoissonLoadOptions {
  seed: number;
  /** Prompt and output of one request never exceed this together. */
  maxTokens: number;
  /** Standard deviation of the logarithm of the token counts; 0: every request has the average counts. */
  tokenSigma?: number;
}

/** Coefficient of variation about 0.31: requests differ, and a mean over a minute of traffic is still near the label's. */
export const DEFAULT_TOKEN_SIGMA = 0.3;

const NO_LOAD: OfferedLoad = { arrivalRatePerMin: 0, avgInTokens: 0, avgOutTokens: 0 };

const NS_PER_MIN = 60_000 * NS_PER_MS;

/**
 * Generated arrivals: a Poisson process whose rate may change at any time, with log-normal token counts around the
 * averages. Seeded: the same calls give the same requests. The next request is drawn in advance; read it, then `take()`.
 */
export class PoissonLoad implements ArrivalSource {
  /** When the next request arrives, ns; Infinity without load. */
  nextAtNs = Infinity;
  promptTokens = 0;
  outputTokens = 0;
  #load = NO_LOAD;
  readonly #maxTokens: number;
  readonly #tokenSigma: number;
  readonly #gaps: RandomSequence;
  readonly #tokens: RandomSequence;

  constructor({ seed, maxTokens, tokenSigma = DEFAULT_TOKEN_SIGMA }: PoissonLoadOptions) {
    this.#maxTokens = maxTokens;
    this.#tokenSigma = tokenSigma;
    this.#gaps = new RandomSequence(seed);
    this.#tokens = new RandomSequence(seed + 1);
  }

  /**
   * From `atNs` on the load is `load` (undefined: none). The time to the next arrival is drawn anew: an exponential wait has
   * no memory, so this is the process with the rate changed at `atNs`. The load that there is already changes nothing. Throws RangeError naming key and value.
   */
  setLoad(load: OfferedLoad | undefined, atNs: number): void {
    for (const [key, value] of Object.entries(load ?? {}) as [string, number][])
      if (!(value >= 0 && Number.isFinite(value))) throw new RangeError(`${key} must be a number ≥ 0, got ${value}`);
    const { arrivalRatePerMin, avgInTokens, avgOutTokens } = load ?? NO_LOAD;
    const now = this.#load;
    if (arrivalRatePerMin === now.arrivalRatePerMin && avgInTokens === now.avgInTokens && avgOutTokens === now.avgOutTokens)
      return;
    this.#load = { arrivalRatePerMin, avgInTokens, avgOutTokens };
    this.#draw(atNs);
  }

  /** The next request has been taken: draws the one after it. */
  take(): void {
    this.#draw(this.nextAtNs);
  }

  #draw(fromNs: number): void {
    const { arrivalRatePerMin, avgInTokens, avgOutTokens } = this.#load;
    if (arrivalRatePerMin === 0) {
      this.nextAtNs = Infinity;
      return;
    }
    this.nextAtNs = fromNs + Math.round((this.#gaps.exponential() * NS_PER_MIN) / arrivalRatePerMin);
    this.promptTokens = Math.min(this.#count(avgInTokens), this.#maxTokens - 1);
    this.outputTokens = Math.min(this.#count(avgOutTokens), this.#maxTokens - this.promptTokens);
  }

  #count(mean: number): number {
    return Math.max(1, Math.round(this.#tokens.logNormal(mean, this.#tokenSigma)));
  }
}
