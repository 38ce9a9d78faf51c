import { expect } from 'chai';
import fc from 'fast-check';
import { Histogram } from './histogram.js';

describe('Histogram', () => {
  it('counts up to and including each bound', () => {
    const histogram = new Histogram([1, 2, 5]);
    expect(histogram.cumulative()).to.deep.equal([0, 0, 0]);
    for (const value of [0, 1, 1.5, 2, 5, 6]) histogram.observe(value);
    expect(histogram.cumulative()).to.deep.equal([2, 4, 5]);
    expect(histogram).to.include({ count: 6, sum: 15.5 });
  });

  it('takes a series as it would its values one by one', () => {
    const series = fc.record({ first: fc.nat(40), step: fc.nat(9), length: fc.nat(30), times: fc.integer({ min: 1, max: 5 }) });
    fc.assert(
      fc.property(fc.array(series, { maxLength: 5 }), (all) => {
        const bounds = [1, 5, 6, 20, 50];
        const [jumped, single] = [new Histogram(bounds), new Histogram(bounds)];
        for (const { first, step, length, times } of all) {
          jumped.observeSeries(first, step, length, times);
          for (let i = 0; i < length * times; i++) single.observe(first + step * Math.floor(i / times));
        }
        expect(jumped.cumulative()).to.deep.equal(single.cumulative());
        expect(jumped).to.include({ count: single.count, sum: single.sum });
      }),
    );
  });
});
