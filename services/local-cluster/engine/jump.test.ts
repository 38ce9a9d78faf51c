import { expect } from 'chai';
import fc from 'fast-check';
import { iterationsWithin, spanNs } from './jump.js';

describe('closed-form jump', () => {
  it('sums what the iterations take one by one, and is the form J(α + β·n + γ·KV₀) + γ·n·J(J+1)/2', () => {
    // α 20, β 3, γ 2, n 4 sequences, KV₀ 100 before: the first iteration reads 104 tokens.
    const [first, step] = [20 + 3 * 4 + 2 * 104, 2 * 4];
    let sum = 0;
    for (let iterations = 0; iterations < 50; iterations++) {
      expect(spanNs(first, step, iterations)).to.equal(sum);
      expect(sum).to.equal(iterations * (20 + 3 * 4 + 2 * 100) + (2 * 4 * iterations * (iterations + 1)) / 2);
      sum += first + step * iterations;
    }
  });

  it('inverts: the iterations within t end by t and one more does not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2e9 }),
        fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1e6 })),
        fc.oneof(fc.integer({ min: 0, max: 1e4 }), fc.integer({ min: 0, max: 2e14 })),
        (first, step, duration) => {
          const iterations = iterationsWithin(first, step, duration);
          expect(spanNs(first, step, iterations)).to.be.at.most(duration);
          expect(spanNs(first, step, iterations + 1)).to.be.above(duration);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('hits a boundary exactly, and is none before the first end or for a time that is past', () => {
    expect([9, 10, 21, 22, 35, 36].map((t) => iterationsWithin(10, 2, t))).to.deep.equal([0, 1, 1, 2, 2, 3]);
    expect(iterationsWithin(10, 2, -1)).to.equal(0);
  });
});
