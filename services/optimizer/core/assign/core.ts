import { balancedToPrices } from './balance.js';
import { cheapestMoves, NONE, stepsOf, type Moves } from './moves.js';
import { roomLeft, type Packing } from './packing.js';
import { pairsByChange, type PairTable } from './pair-table.js';
import { pricedCost } from './round.js';

/** Moves to put together, those of least cost. */
const MOVES = 700;

/**
 * What a good packing is put together from: one in which nearly every server has its least priced way, which takes a little too much
 * here and leaves a little there, and the cheapest moves away from it. In the best relaxed packing no more servers are divided than there
 * are resources, so few moves make a good packing of it. All packings that consist of these moves cost as much beyond the bound as the
 * moves do, what stays idle counted as moves.
 */
export interface Core {
  readonly packing: Packing;
  readonly unit: Float64Array;
  readonly base: Int32Array;
  /** What the base leaves of each resource, and the same as a change that uses it all up. */
  readonly room: Float64Array;
  readonly missing: number;
  readonly moves: Moves;
  readonly pairs: PairTable;
}

/** @param evenness see `balancedToPrices` */
export function coreAt(packing: Packing, unit: Float64Array, evenness: number): Core {
  const step = stepsOf(unit);
  const base = balancedToPrices(packing, unit, evenness);
  const room = roomLeft(packing, base);
  const moves = cheapestMoves(packing, base, unit, null, MOVES);
  let missing = 0;
  room.forEach((each, at) => (missing = (missing + Math.imul(step[at] as number, each)) | 0));
  return { packing, unit, base, room, missing, moves, pairs: pairsByChange(moves, Infinity) };
}

/** What a packing costs beside the moves that it consists of. */
export function costAtBase({ packing, unit, base }: Core): number {
  let cost = 0;
  for (const way of base) cost += pricedCost(packing, unit, way);
  unit.forEach((price, at) => (cost -= price * (packing.capacity[at] as number)));
  return cost;
}

/** Whether moves can be made together: each server moves once, and nothing runs short. */
export function fits({ room, moves }: Core, made: readonly number[]): boolean {
  const { server, way, from, freed, to, filled } = moves;
  for (let i = 0; i < made.length; i++) {
    for (let j = i + 1; j < made.length; j++) if (server[made[i] as number] === server[made[j] as number]) return false;
  }
  const left = Float64Array.from(room);
  for (const move of made) {
    if (way[move] === NONE) continue;
    left[from[move] as number] = (left[from[move] as number] as number) + (freed[move] as number);
    left[to[move] as number] = (left[to[move] as number] as number) - (filled[move] as number);
  }
  return left.every((each) => each >= 0);
}

export function costOfMoves({ moves }: Core, made: readonly number[]): number {
  return made.reduce((sum, move) => sum + (moves.cost[move] as number), 0);
}

/** The packing after moves. */
export function afterMoves({ base, moves }: Core, made: readonly number[]): Int32Array {
  const taken = Int32Array.from(base);
  for (const move of made) if (moves.way[move] !== NONE) taken[moves.server[move] as number] = moves.way[move] as number;
  return taken;
}
