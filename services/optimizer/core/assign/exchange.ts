import { cheapestMoves, NONE, type Moves } from './moves.js';
import { pairsByChange } from './pair-table.js';
import { roomLeft, type Packing } from './packing.js';

/** Moves that an exchange is put together from: few first, more where they no longer help. */
const MOVES = [300, 700];
/** Rounds of search and application with the same number of moves. */
const MOST_ROUNDS = 12;
/** Part of the costs' size below which a gain is none. */
const PRECISION = 1e-10;

/**
 * Improves a packing by moving up to four servers at once so that each resource is used as much as before. The distance to the bound is
 * what servers pay beyond their least priced way and the price of what is idle. Where everything is used up no server can move alone;
 * but of thousands whom another way costs next to nothing, some will free just what the one needs who would gain.
 *
 * All pairs of cheap moves go into a table by what they change in the use of resources; every pair that gains is looked up there with
 * its change negated. Exchanges that share no server change nothing for each other, so all that are found are made at once.
 */
export function exchange(packing: Packing, taken: Int32Array, unit: Float64Array): void {
  const worth = PRECISION * sizeOf(packing, taken);
  for (const most of MOVES) {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const moves = cheapestMoves(packing, taken, unit, roomLeft(packing, taken), most);
      if (!exchangeAmong(packing, taken, moves, worth)) break;
    }
  }
}

/** Moves made together, and by how much the priced cost falls. */
interface Exchange {
  readonly gain: number;
  readonly made: readonly number[];
}

/** @returns whether there was any gain */
function exchangeAmong(packing: Packing, taken: Int32Array, moves: Moves, worth: number): boolean {
  const { cost, change, server } = moves;
  const least = cost[0] ?? 0;
  if (least >= 0) return false;
  // What costs more than the two best moves gain is no part of anything.
  const table = pairsByChange(moves, -2 * least);
  const found: Exchange[] = [];
  for (let i = 0; i < cost.length && (cost[i] as number) < 0; i++) {
    let gain = worth;
    let together: readonly number[] = [];
    for (let j = i; j < cost.length; j++) {
      const isAlone = j === i;
      const paid = (cost[i] as number) + (isAlone ? 0 : (cost[j] as number));
      if (paid >= -gain && !isAlone && (cost[j] as number) >= 0) break;
      if (!isAlone && server[i] === server[j]) continue;
      const entry = table.find(-((change[i] as number) + (isAlone ? 0 : (change[j] as number))) | 0);
      if (entry === NONE || paid + (table.cost[entry] as number) >= -gain) continue;
      const all = [i, isAlone ? NONE : j, table.one[entry] as number, table.other[entry] as number].filter(
        (move) => move !== NONE,
      );
      if (new Set(all.map((move) => server[move])).size < all.length) continue;
      gain = -(paid + (table.cost[entry] as number));
      together = all;
    }
    if (together.length > 0) found.push({ gain, made: together });
  }
  return makeAll(packing, taken, moves, found);
}

/** Best first, each for as long as its servers stand as they did and there is room. @returns whether any was made */
function makeAll(packing: Packing, taken: Int32Array, { server, way }: Moves, found: Exchange[]): boolean {
  const { resource, use } = packing;
  const left = roomLeft(packing, taken);
  const moved = new Set<number>();
  const shift = (taking: number, by: number): void => {
    const at = resource[taking] as number;
    left[at] = (left[at] as number) + by * (use[taking] as number);
  };
  const swap = (move: number, by: number): void => {
    shift(taken[server[move] as number] as number, by);
    shift(way[move] as number, -by);
  };
  let hasMoved = false;
  for (const { made } of found.sort((a, b) => b.gain - a.gain)) {
    if (made.some((move) => moved.has(server[move] as number))) continue;
    const placed = made.filter((move) => way[move] !== NONE);
    for (const move of placed) swap(move, 1);
    if (left.some((room) => room < 0)) {
      for (const move of placed) swap(move, -1);
      continue;
    }
    for (const move of placed) taken[server[move] as number] = way[move] as number;
    for (const move of made) moved.add(server[move] as number);
    hasMoved = true;
  }
  return hasMoved;
}

/** The costs of what is taken, added up: what a rounding error is measured by. */
function sizeOf({ cost }: Packing, taken: Int32Array): number {
  let sum = 0;
  for (const way of taken) sum += Math.abs(cost[way] as number);
  return sum;
}
