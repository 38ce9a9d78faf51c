import { expect } from 'chai';
import fc from 'fast-check';
import { pricedPackings } from '../../test/random-packing.js';
import { costOfPacking, type Packing } from './packing.js';
import { findPrices } from './prices.js';

/** Many servers with two ways each, on cards for three quarters of what the cheaper ones would take. */
function fleet(servers: number, factor: number): Packing {
  const ways = 2 * servers;
  const alternate = (even: (server: number) => number, odd: (server: number) => number): Float64Array =>
    Float64Array.from({ length: ways }, (_, way) => (way % 2 === 0 ? even(way >> 1) : odd(way >> 1)));
  return {
    capacity: Float64Array.from([2.25 * servers, 4 * servers]),
    first: Int32Array.from({ length: servers + 1 }, (_, server) => 2 * server),
    resource: Int32Array.from({ length: ways }, (_, way) => way % 2),
    use: alternate(
      (server) => 1 + (server % 5),
      (server) => 1 + (server % 3),
    ),
    cost: alternate(
      (server) => factor * (10 + (server % 11)),
      (server) => 25 + ((7 * server) % 31),
    ),
    serverOf: Int32Array.from({ length: servers }, (_, server) => server),
    choiceOf: Int32Array.from({ length: ways }, (_, way) => way),
    isWhole: false,
    types: 2,
  };
}

describe('prices of a packing', () => {
  it('are 0 or more, and prove no more than a packing that there is costs', () => {
    fc.assert(
      fc.property(pricedPackings, ({ packing, taken }) => {
        const { unit, bound } = findPrices(packing);
        for (const price of unit) expect(price).to.be.at.least(0).and.finite;
        expect(bound).to.be.at.most(costOfPacking(packing, taken) + 1e-9);
      }),
    );
  });

  for (const { name, known } of [
    { name: 'those of nearly the same packing', known: findPrices(fleet(3000, 1.02)).unit },
    { name: 'far too low ones', known: Float64Array.from([1e-6, 1e-6]) },
    { name: 'far too high ones', known: Float64Array.from([1e6, 1e6]) },
  ]) {
    it(`from ${name} as from none: the same bound`, () => {
      const packing = fleet(3000, 1);
      const { bound } = findPrices(packing);
      expect(findPrices(packing, known).bound).to.be.closeTo(bound, 1e-5 * Math.abs(bound));
    });
  }
});
