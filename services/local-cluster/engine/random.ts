/**
 * Randomness by counting: the i-th number of a seed is a hash of (seed, i), so it depends on nothing that happened before and a run
 * can be repeated, cut or resumed anywhere. The finaliser is MurmurHash3's fmix32 (public domain), which flips every output bit
 * with a probability of about one half for a flip of any input bit.
 */
function mix32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const TWO_32 = 0x1_0000_0000;

/** Uniform in (0, 1), never either end; `index` is any safe integer ≥ 0. */
export function uniformAt(seed: number, index: number): number {
  const low = mix32(index ^ mix32(seed + 0x9e3779b9));
  const hash = mix32(low + Math.imul(Math.floor(index / TWO_32) + 1, 0x9e3779b1));
  return (hash + 0.5) / TWO_32;
}

/** A seed of its own for a named part, so that parts of one server do not share their numbers. */
export function deriveSeed(seed: number, part: string): number {
  let h = mix32(seed);
  for (let i = 0; i < part.length; i++) h = mix32(h ^ Math.imul(part.charCodeAt(i) + i + 1, 0x9e3779b1));
  return h;
}

/** The numbers of one seed in order. */
export class RandomSequence {
  readonly #seed: number;
  #index = 0;
  #spareNormal = Number.NaN;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Uniform in (0, 1). */
  uniform(): number {
    return uniformAt(this.#seed, this.#index++);
  }

  /** Exponential with mean 1. */
  exponential(): number {
    return -Math.log(this.uniform());
  }

  /** Normal with mean 0 and variance 1 (Box and Muller 1958; they come in pairs, the second is kept). */
  normal(): number {
    if (!Number.isNaN(this.#spareNormal)) {
      const spare = this.#spareNormal;
      this.#spareNormal = Number.NaN;
      return spare;
    }
    const radius = Math.sqrt(2 * this.exponential());
    const angle = 2 * Math.PI * this.uniform();
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Log-normal with the given mean; `sigma` is the standard deviation of its logarithm (0: the mean itself). */
  logNormal(mean: number, sigma: number): number {
    return mean * Math.exp(sigma * this.normal() - (sigma * sigma) / 2);
  }
}
