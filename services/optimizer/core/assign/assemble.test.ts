import { expect } from 'chai';
import fc from 'fast-check';
import { pricedPackings, type PricedPacking } from '../../test/random-packing.js';
import { assemble } from './assemble.js';
import { balancedToPrices } from './balance.js';
import { afterMoves, coreAt, costAtBase, costOfMoves, fits, type Core } from './core.js';
import { mend } from './mend.js';
import { NONE } from './moves.js';
import { costOfPacking, isWithin, roomLeft } from './packing.js';
import { leastPriced, pricedCost } from './round.js';

/** The least cost of all packings that leave no more than two units idle of what has a price: as an assembled one does. */
function leastCost({ packing, unit }: PricedPacking): number {
  const servers = packing.first.length - 1;
  const taken = new Int32Array(servers);
  let least = Infinity;
  const place = (server: number): void => {
    if (server === servers) {
      const room = roomLeft(packing, taken);
      if (room.every((left, at) => left >= 0 && (unit[at] === 0 || left <= 2)))
        least = Math.min(least, costOfPacking(packing, taken));
      return;
    }
    for (let way = packing.first[server]!; way < packing.first[server + 1]!; way++) {
      taken[server] = way;
      place(server + 1);
    }
  };
  place(0);
  return least;
}

/** Few enough to look at all of their packings. */
const smallPackings = pricedPackings.filter(({ packing }) => packing.first.length <= 7);

function expectSound(core: Core, made: readonly number[]): void {
  const taken = afterMoves(core, made);
  expect(fits(core, made)).to.equal(true);
  expect(isWithin(core.packing, taken)).to.equal(true);
  expect(costOfPacking(core.packing, taken)).to.be.closeTo(costAtBase(core) + costOfMoves(core, made), 1e-6);
}

describe('a core', () => {
  it('has a base in which who leaves the least priced way brings uses nearer to capacity by more than that costs', () => {
    fc.assert(
      fc.property(pricedPackings, fc.double({ min: 0, max: 0.5, noNaN: true }), ({ packing, unit }, evenness) => {
        const off = (taken: Int32Array): number =>
          roomLeft(packing, taken).reduce((sum, room, at) => sum + unit[at]! * Math.abs(room), 0);
        const priced = (taken: Int32Array): number => taken.reduce((sum, way) => sum + pricedCost(packing, unit, way), 0);
        const least = leastPriced(packing, unit);
        const base = balancedToPrices(packing, unit, evenness);
        expect(evenness * off(base) + priced(base)).to.be.at.most(evenness * off(least) + priced(least) + 1e-9);
        if (evenness === 0) expect(base).to.deep.equal(least);
      }),
    );
  });

  it('lets no server move twice, and nothing run short', () => {
    fc.assert(
      fc.property(pricedPackings, fc.array(fc.nat(20), { maxLength: 4 }), ({ packing, unit }, picked) => {
        const core = coreAt(packing, unit, 0.01);
        const made = picked.filter((move) => move < core.moves.cost.length);
        const servers = made.map((move) => core.moves.server[move]);
        const isOnce = new Set(servers).size === made.length;
        expect(fits(core, made)).to.equal(isOnce && isWithin(packing, afterMoves(core, made)));
      }),
    );
  });
});

describe('assemble', () => {
  it('puts together packings that cost what their moves say; most often the best there is', () => {
    let best = 0;
    let possible = 0;
    fc.assert(
      fc.property(smallPackings, (priced) => {
        const core = coreAt(priced.packing, priced.unit, 0.002);
        const made = assemble(core, Infinity);
        const least = leastCost(priced);
        if (least < Infinity) possible++;
        if (made === null) return;
        expectSound(core, made);
        const cost = costOfPacking(priced.packing, afterMoves(core, made));
        expect(cost).to.be.at.least(least - 1e-6);
        if (cost <= least + 1e-6) best++;
      }),
      { numRuns: 200 },
    );
    expect(best).to.be.at.least(0.9 * possible);
  });

  it('finds nothing that costs as much as the limit, and stops at what is enough', () => {
    fc.assert(
      fc.property(smallPackings, ({ packing, unit }) => {
        const core = coreAt(packing, unit, 0.002);
        const made = assemble(core, Infinity);
        if (made === null) return;
        const cost = costOfMoves(core, made);
        expect(assemble(core, cost - 1e-9 * Math.abs(cost) - 1e-9)).to.equal(null);
        const enough = assemble(core, Infinity, cost + 10);
        expect(costOfMoves(core, enough!)).to.be.at.most(cost + 10);
      }),
    );
  });
});

describe('mend', () => {
  it('makes any set of moves that fits cheaper or leaves it, and leaves as much of everything', () => {
    let cheaper = 0;
    fc.assert(
      fc.property(pricedPackings, ({ packing, unit, taken }) => {
        const core = coreAt(packing, unit, 0.002);
        const { way, server } = core.moves;
        const made = [...way.keys()].filter((move) => way[move] !== NONE && taken[server[move]!] === way[move]);
        // What stays idle beyond the base is a move as well: without those it is another packing's.
        if (!fits(core, made)) return;
        const mended = mend(core, made);
        expectSoundChange(core, made, mended);
        if (costOfMoves(core, mended) < costOfMoves(core, made) - 1e-6) cheaper++;
      }),
      { numRuns: 300 },
    );
    expect(cheaper).to.be.greaterThan(0);
  });

  function expectSoundChange(core: Core, made: readonly number[], mended: readonly number[]): void {
    const change = (moves: readonly number[]): number => moves.reduce((sum, move) => (sum + core.moves.change[move]!) | 0, 0);
    expect(fits(core, mended)).to.equal(true);
    expect(change(mended)).to.equal(change(made));
    expect(costOfMoves(core, mended)).to.be.at.most(costOfMoves(core, made) + 1e-9);
  }
});
