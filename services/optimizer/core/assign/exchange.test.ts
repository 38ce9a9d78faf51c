import { expect } from 'chai';
import fc from 'fast-check';
import { pricedPackings } from '../../test/random-packing.js';
import { exchange } from './exchange.js';
import { costOfPacking, isWithin, type Packing } from './packing.js';

function packingOf(capacity: number[], servers: [resource: number, use: number, cost: number][][]): Packing {
  const ways = servers.flat();
  const first = [0];
  for (const own of servers) first.push(first.at(-1)! + own.length);
  return {
    capacity: Float64Array.from(capacity),
    first: Int32Array.from(first),
    resource: Int32Array.from(ways, ([resource]) => resource),
    use: Float64Array.from(ways, ([, use]) => use),
    cost: Float64Array.from(ways, ([, , cost]) => cost),
    serverOf: Int32Array.from(servers.keys()),
    choiceOf: Int32Array.from(ways.keys()),
    isWhole: false,
    types: capacity.length,
  };
}

describe('exchange', () => {
  it('lowers the cost or leaves it, and never takes more than there is', () => {
    let gained = 0;
    fc.assert(
      fc.property(pricedPackings, ({ packing, unit, taken }) => {
        const before = costOfPacking(packing, taken);
        const after = Int32Array.from(taken);
        exchange(packing, after, unit);
        expect(isWithin(packing, after)).to.equal(true);
        expect(costOfPacking(packing, after)).to.be.at.most(before + 1e-6);
        if (costOfPacking(packing, after) < before) gained++;
      }),
      { numRuns: 300 },
    );
    expect(gained).to.be.greaterThan(0);
  });

  it('exchanges two that nobody can leave alone', () => {
    // Both types are full; each server pays 5 for being on the type of the other.
    const packing = packingOf(
      [2, 3],
      [
        [
          [0, 2, 6],
          [1, 3, 1],
        ],
        [
          [0, 2, 1],
          [1, 3, 6],
        ],
      ],
    );
    const taken = Int32Array.from([0, 3]);
    exchange(packing, taken, Float64Array.from([1, 1]));
    expect([...taken]).to.deep.equal([1, 2]);
  });

  it('moves four at once where less does not come out', () => {
    // The first wants two units of type 1, which three others, each by another way, only free together with what the first leaves.
    const packing = packingOf(
      [6, 5],
      [
        [
          [0, 6, 90],
          [1, 5, 10],
        ],
        [
          [1, 1, 5],
          [0, 1, 6],
        ],
        [
          [1, 2, 5],
          [0, 2, 6],
        ],
        [
          [1, 2, 5],
          [0, 3, 6],
        ],
      ],
    );
    const taken = Int32Array.from([0, 2, 4, 6]);
    exchange(packing, taken, Float64Array.from([2, 3]));
    expect([...taken]).to.deep.equal([1, 3, 5, 7]);
  });

  it('leaves what is best', () => {
    const packing = packingOf([1, 1], [[[0, 1, 3]], [[1, 1, 4]]]);
    const taken = Int32Array.from([0, 1]);
    exchange(packing, taken, Float64Array.from([2, 2]));
    expect([...taken]).to.deep.equal([0, 1]);
  });
});
