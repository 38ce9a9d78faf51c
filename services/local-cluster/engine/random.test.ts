import { expect } from 'chai';
import { deriveSeed, RandomSequence, uniformAt } from './random.js';

function meanAndVariance(values: number[]): { mean: number; variance: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, variance: values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length };
}

const DRAWS = 200_000;
const draw = (seed: number, next: (sequence: RandomSequence) => number): number[] => {
  const sequence = new RandomSequence(seed);
  return Array.from({ length: DRAWS }, () => next(sequence));
};

describe('counted randomness', () => {
  it('depends on seed and index alone, also past 2^32', () => {
    expect(uniformAt(1, 7)).to.equal(uniformAt(1, 7));
    const values = new Set([0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40].flatMap((index) => [uniformAt(1, index), uniformAt(2, index)]));
    expect(values.size).to.equal(10);
  });

  it('is uniform in (0, 1): every tenth gets a tenth, and neighbours are uncorrelated', () => {
    for (const seed of [0, 1, -5, 2 ** 31]) {
      const values = draw(seed, (sequence) => sequence.uniform());
      const tenths = new Array<number>(10).fill(0);
      for (const value of values) tenths[Math.floor(value * 10)]!++;
      for (const count of tenths) expect(count / DRAWS).to.be.closeTo(0.1, 0.004);
      const products = values.slice(1).map((value, i) => (value - 0.5) * (values[i]! - 0.5) * 12);
      expect(meanAndVariance(products).mean).to.be.closeTo(0, 0.01);
    }
  });

  it('draws exponentials of mean 1 and variance 1, normals of mean 0 and variance 1', () => {
    const exponential = meanAndVariance(draw(3, (sequence) => sequence.exponential()));
    expect(exponential.mean).to.be.closeTo(1, 0.01);
    expect(exponential.variance).to.be.closeTo(1, 0.05);
    const normal = meanAndVariance(draw(4, (sequence) => sequence.normal()));
    expect(normal.mean).to.be.closeTo(0, 0.01);
    expect(normal.variance).to.be.closeTo(1, 0.02);
  });

  it('keeps the mean of a log-normal whatever its sigma', () => {
    expect(meanAndVariance(draw(5, (sequence) => sequence.logNormal(128, 0.5))).mean).to.be.closeTo(128, 1);
    expect(new RandomSequence(5).logNormal(128, 0)).to.equal(128);
  });

  it('derives different seeds for different parts', () => {
    const seeds = new Set([deriveSeed(1, 'noise'), deriveSeed(1, 'load'), deriveSeed(2, 'noise'), deriveSeed(2, 'load')]);
    expect(seeds.size).to.equal(4);
  });
});
