import { costOfMoves, fits, type Core } from './core.js';
import { NONE } from './moves.js';

/** Moves that are taken back at once. */
const TAKEN_BACK = 4;
/** Look-ups until it ends; what is found to fit together but no better counts as so many of them. */
const MOST_LOOKUPS = 1_500_000;
const LOOKUPS_PER_HIT = 30;
/** Part of a cost below which a gain is none. */
const PRECISION = 1e-9;

/**
 * Makes a set of moves cheaper: takes some of them back, the dearest together first, and looks for the cheapest up to four others that
 * change as much. Any four are two pairs, of which the cheaper one costs less than half: so it goes through all pairs of less than half
 * of what was taken back, and looks up the other pair.
 */
export function mend(core: Core, assembled: readonly number[]): readonly number[] {
  const { moves, pairs } = core;
  const { cost, change, server } = moves;
  let made = assembled;
  let lookups = 0;
  for (let isBetter = true; isBetter && lookups < MOST_LOOKUPS;) {
    isBetter = false;
    for (const back of dearestFirst(made)) {
      if (lookups >= MOST_LOOKUPS) break;
      const kept = made.filter((move) => !back.includes(move));
      const others = instead(kept, back);
      if (others === null) continue;
      made = [...kept, ...others];
      isBetter = true;
      break;
    }
  }
  return made;

  function dearestFirst(all: readonly number[]): number[][] {
    const size = Math.min(TAKEN_BACK, all.length);
    const sets: { set: number[]; cost: number }[] = [];
    const extend = (from: number, set: number[]): void => {
      if (set.length === size) sets.push({ set, cost: costOfMoves(core, set) });
      else for (let i = from; i < all.length; i++) extend(i + 1, [...set, all[i] as number]);
    };
    extend(0, []);
    return sets.sort((a, b) => b.cost - a.cost).map(({ set }) => set);
  }

  /** The cheapest moves that change as much as those taken back, and cost less. */
  function instead(kept: readonly number[], back: readonly number[]): readonly number[] | null {
    const paid = costOfMoves(core, back);
    let need = 0;
    for (const move of back) need = (need + (change[move] as number)) | 0;
    let best: readonly number[] | null = null;
    let least = paid - PRECISION * Math.abs(paid);
    const consider = (key: number, sofar: number, i: number, j: number): void => {
      lookups++;
      const entry = pairs.find(key);
      if (entry === NONE) return;
      const total = sofar + (pairs.cost[entry] as number);
      if (total >= least) return;
      lookups += LOOKUPS_PER_HIT;
      const others = [i, j, pairs.one[entry] as number, pairs.other[entry] as number].filter((move) => move !== NONE);
      if (!fits(core, [...kept, ...others])) return;
      best = others;
      least = total;
    };
    consider(need, 0, NONE, NONE);
    for (let i = 0; i < cost.length && (cost[i] as number) < least; i++) {
      const without = (need - (change[i] as number)) | 0;
      consider(without, cost[i] as number, i, NONE);
      for (let j = i + 1; j < cost.length; j++) {
        const two = (cost[i] as number) + (cost[j] as number);
        if (two >= least / 2) break;
        if (server[i] !== server[j]) consider((without - (change[j] as number)) | 0, two, i, j);
      }
    }
    return best;
  }
}
