import type { Packing } from './packing.js';
import { pricedCost } from './round.js';

/** More units than these are neither left idle nor put to use by one exchange. */
const MOST_IDLE = 2;
/** Each pair of resources has one in so many of the moves: what is dear on the whole may be all that frees what is scarce. */
const KINDS = 40;

/** No way, no move. */
export const NONE = -1;

/** A server's change to another way, or some more or fewer units idle of a resource, in order of cost. */
export interface Move {
  /** Those of resources come after those of servers. */
  readonly server: number;
  /** `NONE` for a resource. */
  readonly way: number;
  /** Priced cost after less that before. */
  readonly cost: number;
  /** Changes of use, as one number: those of moves that are made together add up, modulo 2³². */
  readonly change: number;
  /** Of a resource: how many more are idle. */
  readonly units: number;
}

/**
 * From each resource to each the cheapest moves, cheapest first.
 * @param idle by resource, how many units more can be put to use
 */
export function cheapestMoves(packing: Packing, taken: Int32Array, unit: Float64Array, idle: Float64Array, most: number): Move[] {
  const step = stepsOf(unit);
  const { first, resource, use } = packing;
  const changeOf = (way: number): number => Math.imul(step[resource[way] as number] as number, use[way] as number);
  const resources = unit.length;
  const limits = limitsOf(packing, taken, unit, most);
  const moves: Move[] = [];
  for (let server = 0; server < taken.length; server++) {
    const now = taken[server] as number;
    const before = pricedCost(packing, unit, now);
    const row = (resource[now] as number) * resources;
    for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
      const cost = pricedCost(packing, unit, way) - before;
      if (way === now || cost > (limits[row + (resource[way] as number)] as number)) continue;
      moves.push({ server, way, cost, change: (changeOf(way) - changeOf(now)) | 0, units: 0 });
    }
  }
  idle.forEach((room, at) => {
    for (let units = -Math.min(room, MOST_IDLE); units <= MOST_IDLE && (unit[at] as number) > 0; units++) {
      const cost = units * (unit[at] as number);
      const change = Math.imul(step[at] as number, units);
      if (units !== 0) moves.push({ server: taken.length + at, way: NONE, cost, change, units });
    }
  });
  return moves.sort((a, b) => a.cost - b.cost || a.server - b.server || a.way - b.way);
}

/** By resource left and resource entered: what the move costs that is the last of its share among the cheapest. */
function limitsOf(packing: Packing, taken: Int32Array, unit: Float64Array, most: number): Float64Array {
  const { first, resource } = packing;
  const share = Math.ceil(most / KINDS);
  const limits = new Float64Array(unit.length * unit.length).fill(Infinity);
  // The cheapest of each kind so far, dearest first.
  const cheapest = Array.from(limits, (): number[] => []);
  for (let server = 0; server < taken.length; server++) {
    const now = taken[server] as number;
    const before = pricedCost(packing, unit, now);
    const row = (resource[now] as number) * unit.length;
    for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
      const kind = row + (resource[way] as number);
      const cost = pricedCost(packing, unit, way) - before;
      if (way === now || cost >= (limits[kind] as number)) continue;
      const kept = cheapest[kind] as number[];
      let at = kept.length;
      while (at > 0 && (kept[at - 1] as number) < cost) at--;
      kept.splice(at, 0, cost);
      if (kept.length > share) kept.shift();
      if (kept.length === share) limits[kind] = kept[0] as number;
    }
  }
  return limits;
}

/** By resource, what one unit of it adds to a change; 0 where what is idle is worth nothing. */
export function stepsOf(unit: Float64Array): Int32Array {
  let state = 20_031;
  return Int32Array.from(unit, (price) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return price > 0 ? state : 0;
  });
}
