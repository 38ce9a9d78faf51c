import { expect } from 'chai';
import { geometricTail, type GeometricTail } from './geometric-tail.js';

/** Term by term, in units of the largest one. */
function termByTerm(ratio: number, length: number): GeometricTail {
  const logLargest = Math.max(0, length * Math.log(ratio));
  let sum = 0;
  let weightedSum = 0;
  let squareWeightedSum = 0;
  let last = 0;
  for (let j = 1; j <= length; j++) {
    last = Math.exp(j * Math.log(ratio) - logLargest);
    sum += last;
    weightedSum += j * last;
    squareWeightedSum += j * j * last;
  }
  return { sum, sumBelowLast: sum - last, weightedSum, squareWeightedSum, headFactor: Math.exp(-logLargest) };
}

describe('geometricTail', () => {
  const out: GeometricTail = { sum: 0, sumBelowLast: 0, weightedSum: 0, squareWeightedSum: 0, headFactor: 0 };
  const ratios = [
    1e-6,
    0.3,
    0.9,
    0.99,
    0.999,
    1 - 1e-6,
    1 - 1e-9,
    1 - 1e-13,
    1,
    1 + 1e-13,
    1 + 1e-9,
    1 + 1e-6,
    1.001,
    1.5,
    40,
    1e6,
  ];
  for (const ratio of ratios) {
    for (const length of [1, 2, 7, 320, 20_480]) {
      it(`ratio ${ratio}, ${length} waiting: as the sum term by term`, () => {
        geometricTail(ratio, length, out);
        const expected = termByTerm(ratio, length);
        // Relative to the whole queue: both may be in units of their own.
        const scale = out.headFactor + out.sum;
        const expectedScale = expected.headFactor + expected.sum;
        expect(out.sum / scale).to.be.closeTo(expected.sum / expectedScale, 1e-9);
        expect(out.sumBelowLast / scale).to.be.closeTo(expected.sumBelowLast / expectedScale, 1e-9);
        const weighted = expected.weightedSum / expectedScale;
        expect(out.weightedSum / scale).to.be.closeTo(weighted, 1e-8 * weighted);
        const squareWeighted = expected.squareWeightedSum / expectedScale;
        expect(out.squareWeightedSum / scale).to.be.closeTo(squareWeighted, 1e-3 * squareWeighted);
      });
    }
  }

  it('has no waiting states without a queue', () => {
    geometricTail(3, 0, out);
    expect(out).to.deep.equal({ sum: 0, sumBelowLast: 0, weightedSum: 0, squareWeightedSum: 0, headFactor: 1 });
  });
});
