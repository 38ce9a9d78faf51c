import { expect } from 'chai';
import fc from 'fast-check';
import { pricedPackings } from '../../test/random-packing.js';
import { cheapestMoves, NONE, stepsOf } from './moves.js';
import { roomLeft, type Packing } from './packing.js';
import { pairsByChange } from './pair-table.js';
import { pricedCost } from './round.js';

describe('moves', () => {
  it('are in order of cost, and change what they say', () => {
    fc.assert(
      fc.property(pricedPackings, ({ packing, unit, taken }) => {
        const moves = cheapestMoves(packing, taken, unit, null, Infinity);
        const step = stepsOf(unit);
        const before = roomLeft(packing, taken);
        moves.way.forEach((way, move) => {
          if (move > 0) expect(moves.cost[move]).to.be.at.least(moves.cost[move - 1]!);
          const after = way === NONE ? before.slice() : roomLeft(packing, taken.with(moves.server[move]!, way));
          if (way === NONE) after[moves.to[move]!]! -= moves.filled[move]!;
          else {
            const now = taken[moves.server[move]!]!;
            expect(moves.cost[move]).to.equal(pricedCost(packing, unit, way) - pricedCost(packing, unit, now));
          }
          const change = after.reduce((sum, left, at) => (sum + Math.imul(step[at]!, before[at]! - left)) | 0, 0);
          expect(moves.change[move]).to.equal(change);
        });
      }),
    );
  });

  it('that change the same are a few of the cheapest; none is missing where there are few', () => {
    fc.assert(
      fc.property(pricedPackings, ({ packing, unit, taken }) => {
        const { way, change, cost } = cheapestMoves(packing, taken, unit, null, Infinity);
        const listed = new Set(way);
        for (const kind of new Set(change)) {
          const alike = [...change.keys()].filter((move) => change[move] === kind && way[move] !== NONE);
          expect(alike.length).to.be.at.most(4);
          if (alike.length < 4) continue;
          for (let other = 0; other < packing.cost.length; other++) {
            const server = packing.first.findLastIndex((first) => first <= other);
            const now = taken[server]!;
            if (listed.has(other) || other === now || changeOf(packing, unit, now, other) !== kind) continue;
            expect(pricedCost(packing, unit, other) - pricedCost(packing, unit, now)).to.be.at.least(cost[alike.at(-1)!]!);
          }
        }
      }),
    );
  });

  it('leave idle up to two units of what has a price, and use up to two that are idle', () => {
    fc.assert(
      fc.property(pricedPackings, ({ packing, unit, taken }) => {
        const idle = Float64Array.from(unit, (_, at) => at);
        const { way, to, filled } = cheapestMoves(packing, taken, unit, idle, Infinity);
        unit.forEach((price, at) => {
          const units = [...filled].filter((_, move) => way[move] === NONE && to[move] === at).sort((a, b) => a - b);
          const used = [-2, -1].slice(2 - Math.min(2, at));
          expect(units).to.deep.equal(price > 0 ? [...used, 1, 2] : []);
        });
      }),
    );
  });
});

describe('pairs of moves', () => {
  it('are found by what they change, the cheapest of all that do', () => {
    fc.assert(
      fc.property(pricedPackings, ({ packing, unit, taken }) => {
        const moves = cheapestMoves(packing, taken, unit, null, 40);
        const table = pairsByChange(moves, Infinity);
        const least = new Map([[0, 0]]);
        const note = (change: number, cost: number): unknown => cost < (least.get(change) ?? Infinity) && least.set(change, cost);
        moves.cost.forEach((cost, i) => {
          note(moves.change[i]!, cost);
          for (let j = i + 1; j < moves.cost.length; j++) {
            if (moves.server[i] !== moves.server[j]) note((moves.change[i]! + moves.change[j]!) | 0, cost + moves.cost[j]!);
          }
        });
        for (const [change, cost] of least) expect(table.cost[table.find(change)]).to.equal(cost);
        for (const change of [1, 2, 3]) if (!least.has(change)) expect(table.find(change)).to.equal(NONE);
      }),
    );
  });

  it('of many moves are as many of the cheapest as there is room for', () => {
    const count = 1000;
    const moves = {
      ...cheapestMoves(emptyPacking, new Int32Array(0), new Float64Array(0), null, 0),
      cost: Float64Array.from({ length: count }, (_, move) => move),
      change: Int32Array.from({ length: count }, (_, move) => (move + 1) ** 2 * 1000),
      server: Int32Array.from({ length: count }, (_, move) => move),
    };
    const table = pairsByChange(moves, Infinity);
    const pair = (i: number, j: number): number => table.find((moves.change[i]! + moves.change[j]!) | 0);
    expect(pair(0, 1)).not.to.equal(NONE);
    expect(pair(200, 300)).not.to.equal(NONE);
    expect(pair(998, 999)).to.equal(NONE);
  });
});

const emptyPacking: Packing = {
  ...{ capacity: new Float64Array(0), first: new Int32Array(1), resource: new Int32Array(0), use: new Float64Array(0) },
  ...{ cost: new Float64Array(0), serverOf: new Int32Array(0), choiceOf: new Int32Array(0), isWhole: false, types: 0 },
};

function changeOf({ resource, use }: Packing, unit: Float64Array, now: number, way: number): number {
  const step = stepsOf(unit);
  return (Math.imul(step[resource[way]!]!, use[way]!) - Math.imul(step[resource[now]!]!, use[now]!)) | 0;
}
