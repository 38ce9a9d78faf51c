import { expect } from 'chai';
import fc from 'fast-check';
import { logPoissonBelow } from './poisson-below.js';

/** ln Σ_{i<count} e^−mean·mean^i/i!, term by term in logarithms. */
function plainLog(count: number, mean: number): number {
  const logs: number[] = [];
  let log = -mean;
  for (let i = 0; i < count; i++) {
    logs.push(log);
    log += Math.log(mean) - Math.log(i + 1);
  }
  const largest = logs.reduce((a, b) => Math.max(a, b), -Infinity);
  return largest + Math.log(logs.reduce((sum, item) => sum + Math.exp(item - largest), 0));
}

describe('logPoissonBelow', () => {
  it('is the sum of the terms, from certain to hopeless', () => {
    expect(Math.exp(logPoissonBelow(2, 1))).to.be.closeTo(2 / Math.E, 1e-15);
    expect(logPoissonBelow(5, 0)).to.equal(0);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.double({ min: 1e-3, max: 3, noNaN: true }), (count, part) => {
        const expected = plainLog(count, part * count);
        // Relative to the probability, and where that is far below any double relative to its logarithm.
        expect(logPoissonBelow(count, part * count)).to.be.closeTo(expected, 1e-10 + 1e-11 * Math.abs(expected));
      }),
      { numRuns: 500 },
    );
  });

  it('holds for the longest queues', () => {
    const count = 655_360;
    expect(Math.exp(logPoissonBelow(count, count))).to.be.closeTo(0.5, 1e-3);
    expect(Math.exp(logPoissonBelow(count, count + 2 * Math.sqrt(count)))).to.be.closeTo(0.0227, 2e-4);
    expect(logPoissonBelow(count, 0.9 * count)).to.equal(0);
  });
});
