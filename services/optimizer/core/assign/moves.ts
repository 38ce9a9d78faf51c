import type { Packing } from './packing.js';
import { pricedCost } from './round.js';

/** More units than these are neither left idle nor put to use by one exchange. */
const MOST_IDLE = 2;
/** Moves that change the same are rarely made more often than this at a time. */
const PER_CHANGE = 4;
/** Servers whose moves show what the cheapest of all may cost, and how many more than are wanted may be that cheap. */
const SAMPLE = 2000;
const AMPLE = 30;

/** No way, no move. */
export const NONE = -1;

/**
 * Changes of single servers to other ways, and of how much is left idle, in order of their cost: the priced cost after less that before.
 * A change of what is used of all resources is written as one number; those of moves that are made together add up, modulo 2³².
 */
export interface Moves {
  readonly cost: Float64Array;
  readonly change: Int32Array;
  /** Those of resources come after those of servers. */
  readonly server: Int32Array;
  /** `NONE` for a resource. */
  readonly way: Int32Array;
  /** Resource that is left and how much of it becomes free, resource that is entered and how much of it is taken. */
  readonly from: Int32Array;
  readonly freed: Float64Array;
  readonly to: Int32Array;
  readonly filled: Float64Array;
}

/**
 * The cheapest moves, of those that change the same a few.
 * @param idle by resource, how many units more can be put to use
 */
export function cheapestMoves(
  packing: Packing,
  taken: Int32Array,
  unit: Float64Array,
  idle: Float64Array | null,
  most: number,
): Moves {
  const { resource, use } = packing;
  const step = stepsOf(unit);
  const kept = keptByChange(packing, taken, unit, step, costLimit(packing, taken, unit, most));
  const idling: { readonly at: number; readonly units: number }[] = [];
  unit.forEach((price, at) => {
    const useful = idle === null ? 0 : Math.min(idle[at] as number, MOST_IDLE);
    for (let units = -useful; units <= MOST_IDLE && price > 0; units++) if (units !== 0) idling.push({ at, units });
  });
  const ways = kept.way.length;
  const cost = new Float64Array(ways + idling.length);
  cost.set(kept.cost);
  idling.forEach(({ at, units }, index) => (cost[ways + index] = units * (unit[at] as number)));
  const order = Int32Array.from(cost.keys()).sort((a, b) => (cost[a] as number) - (cost[b] as number) || a - b);
  const chosen = order.subarray(0, most);
  const isWay = (entry: number): boolean => entry < ways;
  const wayOf = (entry: number): number => kept.way[entry] as number;
  const nowOf = (entry: number): number => taken[kept.server[entry] as number] as number;
  const idleOf = (entry: number): { at: number; units: number } => idling[entry - ways] as { at: number; units: number };
  const from = Int32Array.from(chosen, (entry) => (isWay(entry) ? (resource[nowOf(entry)] as number) : idleOf(entry).at));
  const to = Int32Array.from(chosen, (entry) => (isWay(entry) ? (resource[wayOf(entry)] as number) : idleOf(entry).at));
  const freed = Float64Array.from(chosen, (entry) => (isWay(entry) ? (use[nowOf(entry)] as number) : 0));
  const filled = Float64Array.from(chosen, (entry) => (isWay(entry) ? (use[wayOf(entry)] as number) : idleOf(entry).units));
  return {
    cost: Float64Array.from(chosen, (entry) => cost[entry] as number),
    change: Int32Array.from(chosen, (_, index) => {
      const entered = Math.imul(step[to[index] as number] as number, filled[index] as number);
      return (entered - Math.imul(step[from[index] as number] as number, freed[index] as number)) | 0;
    }),
    server: Int32Array.from(chosen, (entry) => (isWay(entry) ? (kept.server[entry] as number) : taken.length + idleOf(entry).at)),
    way: Int32Array.from(chosen, (entry) => (isWay(entry) ? wayOf(entry) : NONE)),
    from,
    freed,
    to,
    filled,
  };
}

interface Kept {
  readonly cost: number[];
  readonly server: number[];
  readonly way: number[];
}

/** All moves of servers that cost less than the limit; of those that change the same the cheapest, by server where they cost the same. */
function keptByChange(packing: Packing, taken: Int32Array, unit: Float64Array, step: Int32Array, limit: number): Kept {
  const { first, resource, use } = packing;
  const kept: Kept = { cost: [], server: [], way: [] };
  // By change, up to so many entries, dearest last.
  const byChange = new Map<number, number[]>();
  const costAt = (entry: number | undefined): number => (entry === undefined ? -Infinity : (kept.cost[entry] as number));
  const keep = (change: number, cost: number, server: number, way: number): void => {
    let alike = byChange.get(change);
    if (alike === undefined) byChange.set(change, (alike = []));
    const isFull = alike.length === PER_CHANGE;
    if (isFull && costAt(alike[PER_CHANGE - 1]) <= cost) return;
    const entry = isFull ? (alike.pop() as number) : kept.way.length;
    let at = alike.length;
    while (at > 0 && costAt(alike[at - 1]) > cost) at--;
    alike.splice(at, 0, entry);
    kept.cost[entry] = cost;
    kept.server[entry] = server;
    kept.way[entry] = way;
  };
  for (let server = 0; server < taken.length; server++) {
    const now = taken[server] as number;
    const before = pricedCost(packing, unit, now);
    const left = Math.imul(step[resource[now] as number] as number, use[now] as number);
    for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
      const cost = pricedCost(packing, unit, way) - before;
      if (way === now || cost >= limit) continue;
      keep((Math.imul(step[resource[way] as number] as number, use[way] as number) - left) | 0, cost, server, way);
    }
  }
  return kept;
}

/** Beyond it nothing is among the cheapest: so that those of very many servers need not be sorted. */
function costLimit(packing: Packing, taken: Int32Array, unit: Float64Array, most: number): number {
  const { first } = packing;
  const stride = Math.ceil(taken.length / SAMPLE);
  const costs: number[] = [];
  for (let server = 0; server < taken.length; server += stride) {
    const before = pricedCost(packing, unit, taken[server] as number);
    for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
      if (way !== taken[server]) costs.push(pricedCost(packing, unit, way) - before);
    }
  }
  return Float64Array.from(costs).sort()[Math.ceil((AMPLE * most) / stride)] ?? Infinity;
}

/** By resource, what one unit of it adds to a change; 0 where what is idle is worth nothing. */
export function stepsOf(unit: Float64Array): Int32Array {
  let state = 20_031;
  return Int32Array.from(unit, (price) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return price > 0 ? state : 0;
  });
}
