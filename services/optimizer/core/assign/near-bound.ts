import { assemble } from './assemble.js';
import { afterMoves, coreAt, costAtBase, costOfMoves } from './core.js';
import { descend } from './descend.js';
import { exchange } from './exchange.js';
import { mend } from './mend.js';
import { costOfPacking, type Packing } from './packing.js';

/**
 * Where to look, in turn: how evenly the base of a core uses what there is, and by how much more it spares what is scarce for counts.
 * Where a count is all but out of reach, few servers can still free something for it, and not all of those are in a base at the best
 * prices of the values; a little more towards the prices of the counts they are.
 */
const TRIES = [
  { evenness: 0.002, tilt: 0.05 },
  { evenness: 0.01, tilt: 0 },
  { evenness: 0.002, tilt: 0.1 },
  { evenness: 0.0003, tilt: 0.2 },
];

/** Where so many tries find nothing the others hardly ever do. */
const MOST_IN_VAIN = 2;

/** The best prices of a count: they show what is scarce for it. */
export interface CountPrices {
  readonly unit: Float64Array;
  /** The resource of being skipped there: what costs 1, and has no price. */
  readonly skip: number;
}

/**
 * A packing close to the bound, put together from the least priced ways and a few moves.
 *
 * @param unit the best prices
 * @param counting null: everybody is served
 * @param enough a cost that is as good as the least
 * @returns null where none is found
 */
export function findNearBound(
  packing: Packing,
  unit: Float64Array,
  counting: CountPrices | null,
  enough: number,
): Int32Array | null {
  let best: Int32Array | null = null;
  let least = Infinity;
  let inVain = 0;
  for (const { evenness, tilt } of TRIES) {
    if (least <= enough || inVain === MOST_IN_VAIN) break;
    const scarcer = counting === null ? unit : tilted(unit, counting, tilt);
    const core = coreAt(packing, scarcer, evenness);
    const atBase = costAtBase(core);
    const assembled = assemble(core, least - atBase, enough - atBase);
    if (assembled === null) {
      if (best === null) inVain++;
      continue;
    }
    const isEnough = atBase + costOfMoves(core, assembled) <= enough;
    const taken = afterMoves(core, isEnough ? assembled : mend(core, assembled));
    exchange(packing, taken, unit);
    descend(packing, taken);
    const cost = costOfPacking(packing, taken);
    if (cost >= least) continue;
    least = cost;
    best = taken;
  }
  return best;
}

/** Prices with a part of those of the counts added, at which to be skipped costs what it does here. */
function tilted(unit: Float64Array, { unit: counting, skip }: CountPrices, tilt: number): Float64Array {
  const skipped = tilt * (unit[skip] as number);
  return unit.map((price, at) => price + skipped * (at === skip ? 1 : (counting[at] ?? 0)));
}
