import { assemble } from './assemble.js';
import { branch } from './branch.js';
import { afterMoves, coreAt, costAtBase } from './core.js';
import { descend } from './descend.js';
import { exchange } from './exchange.js';
import { findNearBound, type CountPrices } from './near-bound.js';
import { costOfPacking, isWithin, withRoomToSkip, type Packing } from './packing.js';
import { polish, settle, type Patience } from './polish.js';
import { findPrices, type Prices } from './prices.js';
import { leastPriced, roundToPrices } from './round.js';

/** A packing, what it comes to, and what is proven of it. */
export interface SolvedPacking {
  readonly packing: Packing;
  readonly taken: Int32Array;
  /** No packing costs less. */
  readonly bound: number;
  /** Null: nothing is scarce. */
  readonly prices: Prices | null;
}

/** From a packing that skips too many to one that does not, where that comes out. */
export type Recount = (skipping: Int32Array) => Int32Array | null;

export interface Hints {
  /** Prices of nearly the same packing. */
  readonly known?: Float64Array | null | undefined;
  /** See `findNearBound`. */
  readonly counting?: CountPrices | null;
  readonly recount?: Recount;
}

/** Up to so many servers branching goes for the proof. */
export const FEW = 60;
const MOST_NODES = 4000;
/** How long parts are put together anew: parts tried, and parts tried in a row without gain. */
export const COUNTING: Omit<Patience, 'enough'> = { parts: 1000, fruitless: 200 };
const VALUE: Omit<Patience, 'enough'> = { parts: 600, fruitless: 150 };
/** A whole number is one also with so much of a rounding error. */
export const WHOLE = 1e-6;
/** Beyond the bound by this part of the total size of values: not worth a further look. */
const AS_GOOD = 3e-4;
/** How evenly the base of a count uses what there is. */
const EVENNESS = 0.002;

/**
 * The least cost that can be found from a packing that is known, and what it is at least. Few servers are branched over; of many, a
 * packing near the bound is put together; where that does not come out, those that are known are improved part by part.
 */
export function solvePacking(packing: Packing, start: Int32Array, hints: Hints): SolvedPacking {
  const cheapest = leastPriced(packing, new Float64Array(packing.capacity.length));
  if (isWithin(packing, cheapest)) return unpriced(packing, cheapest);
  descend(packing, start);
  if (costOfPacking(packing, start) <= costOfPacking(packing, cheapest)) return unpriced(packing, start);

  const prices = findPrices(packing, hints.known ?? undefined);
  const isFew = start.length <= FEW;
  const near = isFew ? null : nearBound(packing, prices, hints.counting ?? null);
  if (near !== null) return near;
  const known = [start, movedToPrices(packing, prices, start), rounded(packing, prices, hints.recount ?? ((): null => null))];
  const costs = known.map((taken) => (taken === null ? Infinity : costOfPacking(packing, taken)));
  const taken = known[costs.indexOf(Math.min(...costs))] as Int32Array;
  if (isFew) return branched(packing, prices, taken);
  polish(packing, taken, prices.unit, { ...(packing.isWhole ? COUNTING : VALUE), enough: enoughFor(packing, prices) });
  if (!packing.isWhole) exchange(packing, taken, prices.unit);
  descend(packing, taken);
  return solved(packing, taken, prices);
}

/** A packing of many servers that is put together near the bound. Null: none was found. */
export function nearBound(packing: Packing, prices: Prices, counting: CountPrices | null): SolvedPacking | null {
  const taken = packing.isWhole
    ? countNearBound(packing, prices)
    : findNearBound(packing, prices.unit, counting, enoughFor(packing, prices));
  return taken === null ? null : solved(packing, taken, prices);
}

/** One that skips as few as the bound allows. */
function countNearBound(packing: Packing, prices: Prices): Int32Array | null {
  const enough = enoughFor(packing, prices);
  const core = coreAt(packing, prices.unit, EVENNESS);
  const limit = enough + 1 - WHOLE - costAtBase(core);
  const made = assemble(core, limit, limit);
  if (made === null) return null;
  const taken = afterMoves(core, made);
  return costOfPacking(packing, taken) <= enough + WHOLE ? taken : null;
}

function branched(packing: Packing, prices: Prices, start: Int32Array): SolvedPacking {
  const found = branch(packing, prices.unit, start, MOST_NODES);
  const taken = found.taken ?? start;
  descend(packing, taken);
  return { packing, taken, bound: Math.max(found.bound, prices.bound), prices };
}

function unpriced(packing: Packing, taken: Int32Array): SolvedPacking {
  return { packing, taken, bound: costOfPacking(packing, taken), prices: null };
}

function solved(packing: Packing, taken: Int32Array, prices: Prices): SolvedPacking {
  return { packing, taken, bound: Math.min(prices.bound, costOfPacking(packing, taken)), prices };
}

/** A cost that is as good as the least. */
function enoughFor(packing: Packing, { unit, bound }: Prices): number {
  if (packing.isWhole) return Math.ceil(bound - WHOLE);
  let size = 0;
  for (const way of leastPriced(packing, unit)) size += Math.abs(packing.cost[way] as number);
  return bound + AS_GOOD * size;
}

/** A known packing, each server moved towards the prices as far as there is room. */
function movedToPrices(packing: Packing, { unit }: Prices, start: Int32Array): Int32Array {
  const moved = Int32Array.from(start);
  descend(packing, moved, unit);
  descend(packing, moved);
  return moved;
}

/** Rounded to prices as if any number could be skipped where some can, and then brought back to the counts. */
function rounded(packing: Packing, { unit }: Prices, recount: Recount): Int32Array | null {
  const roomy = withRoomToSkip(packing);
  const taken = roundToPrices(roomy, unit);
  if (!settle(roomy, taken, unit)) return null;
  const counted = isWithin(packing, taken) ? taken : recount(taken);
  if (counted !== null) descend(packing, counted);
  return counted;
}
