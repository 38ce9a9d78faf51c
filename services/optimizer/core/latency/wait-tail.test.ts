import { expect } from 'chai';
import fc from 'fast-check';
import { waitingBeyond } from './wait-tail.js';

/** Σ_j r^(j − Q) Σ_{i≤j} Pois(i; x) by its definition, in units of r^Q where that is the larger. */
function plain(x: number, ratio: number, length: number, unit: number): number {
  let term = Math.exp(-x);
  let cumulated = 0;
  let sum = 0;
  for (let j = 0; j < length; j++) {
    cumulated += term;
    term *= x / (j + 1);
    sum += Math.exp(j * Math.log(ratio) - unit) * cumulated;
  }
  return sum;
}

describe('waitingBeyond', () => {
  it('is the sum over the waiting positions, for ratios below, at and above one', () => {
    expect(waitingBeyond(1, 0.5, 2, 0)).to.be.closeTo(2 / Math.E, 1e-14);
    const ratio = fc.oneof(
      fc.double({ min: 1e-3, max: 3, noNaN: true }),
      fc.constantFrom(1, 0.999, 1.001, 1 - 1e-7, 1 + 1e-7, 1 - 1e-12, 0.9999999),
    );
    fc.assert(
      fc.property(ratio, fc.integer({ min: 1, max: 600 }), fc.double({ min: 0, max: 500, noNaN: true }), (r, length, x) => {
        const unit = r > 1 ? length * Math.log(r) : 0;
        const expected = plain(x, r, length, unit);
        const all = plain(0, r, length, unit);
        expect(waitingBeyond(x, r, length, unit)).to.be.closeTo(expected, 1e-6 * expected + 1e-9 * all);
      }),
      { numRuns: 1000 },
    );
  });

  it('is nothing where nobody waits, and does not overflow where nearly all are lost', () => {
    expect(waitingBeyond(3, 0.5, 0, 0)).to.equal(0);
    // At a ratio of 1e6 all who wait are at the last place, the fifth: P(Pois(2) ≤ 4), weighted 1e-6.
    const last = Math.exp(-2) * (1 + 2 + 2 + 8 / 6 + 16 / 24);
    expect(waitingBeyond(2, 1e6, 5, 5 * Math.log(1e6))).to.be.closeTo(1e-6 * last, 1e-11);
    expect(waitingBeyond(100, 1e6, 10_000, 10_000 * Math.log(1e6))).to.be.closeTo(1e-6, 1e-11);
  });
});
