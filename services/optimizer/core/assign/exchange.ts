import { cheapestMoves, NONE, type Move } from './moves.js';
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
  readonly moves: readonly Move[];
}

/** @returns whether there was any gain */
function exchangeAmong(packing: Packing, taken: Int32Array, moves: readonly Move[], worth: number): boolean {
  const least = moves[0]?.cost ?? 0;
  if (least >= 0) return false;
  const cost = Float64Array.from(moves, (move) => move.cost);
  const change = Int32Array.from(moves, (move) => move.change);
  const server = Int32Array.from(moves, (move) => move.server);
  // What costs more than the two best moves gain is no part of anything.
  const table = pairsByChange(cost, change, server, -2 * least);
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
    if (together.length > 0) found.push({ gain, moves: together.map((move) => moves[move] as Move) });
  }
  return makeAll(packing, taken, found);
}

/** Best first, each for as long as its servers stand as they did and there is room. @returns whether any was made */
function makeAll(packing: Packing, taken: Int32Array, found: Exchange[]): boolean {
  const { resource, use } = packing;
  const left = roomLeft(packing, taken);
  const moved = new Set<number>();
  const shift = (way: number, by: number): void => {
    const at = resource[way] as number;
    left[at] = (left[at] as number) + by * (use[way] as number);
  };
  let hasMoved = false;
  for (const { moves } of found.sort((a, b) => b.gain - a.gain)) {
    if (moves.some(({ server }) => moved.has(server))) continue;
    const placed = moves.filter(({ way }) => way !== NONE);
    for (const { server, way } of placed) {
      shift(taken[server] as number, 1);
      shift(way, -1);
    }
    if (left.some((room) => room < 0)) {
      for (const { server, way } of placed) {
        shift(way, 1);
        shift(taken[server] as number, -1);
      }
      continue;
    }
    for (const { server, way } of placed) taken[server] = way;
    for (const { server } of moves) moved.add(server);
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
