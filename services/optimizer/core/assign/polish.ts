import { branch } from './branch.js';
import { descend } from './descend.js';
import { costOfPacking, partOf, roomLeft, type Packing } from './packing.js';
import { leastPriced, pricedCost, STRANDED } from './round.js';

/** How much more often the first are drawn than the last, in turn. */
const SKEWS = [2, 3, 5];
/** All servers are looked at again when a part has gained for each so many of them; more often where every server counts. */
const SERVERS_PER_GAIN = 1000;
const SERVERS_PER_WHOLE_GAIN = 5000;
/** Servers that are put together anew at a time: as many as branching settles quickly. */
const PART = 24;
const NODES_PER_PART = 60;

/** How long to go on: parts tried, and parts in a row without any gain. */
export interface Patience {
  readonly parts: number;
  readonly fruitless: number;
  /** A cost that is as good as the least. */
  readonly enough: number;
}

/**
 * Improves a packing part by part: some servers are taken out and put together anew by branching, the others stay. The distance to
 * the bound is the sum of what servers pay beyond their least priced way, and the price of what is left idle; so those who pay most
 * beyond come first, together with those to whom another way is worth nearly the same, who can make room for them.
 */
export function polish(packing: Packing, taken: Int32Array, unit: Float64Array, patience: Patience): void {
  const servers = taken.length;
  if (servers < 2) return;
  const tilt = packing.isWhole ? tilted(packing, unit) : { packing, unit };
  const best = { taken: Int32Array.from(taken), cost: costOfPacking(packing, taken) };
  const keepBest = (): void => {
    const cost = costOfPacking(packing, taken);
    if (cost >= best.cost) return;
    best.cost = cost;
    best.taken.set(taken);
  };
  const random = sequence();
  let ranks = rank(packing, taken, unit);
  let fruitless = 0;
  const perRanking = Math.ceil(servers / (packing.isWhole ? SERVERS_PER_WHOLE_GAIN : SERVERS_PER_GAIN));
  let gains = 0;
  for (let part = 0; part < patience.parts && fruitless < patience.fruitless && best.cost > patience.enough; part++) {
    const chosen = nextPart(ranks, SKEWS[part % SKEWS.length] as number, random);
    if (chosen.length < 2) break;
    fruitless++;
    if (!replace(tilt.packing, taken, tilt.unit, chosen, false)) continue;
    fruitless = 0;
    if (++gains % perRanking === 0) {
      descend(tilt.packing, taken);
      ranks = rank(packing, taken, unit);
    }
    keepBest();
  }
  descend(tilt.packing, taken);
  keepBest();
  taken.set(best.taken);
}

/** By how much of its price a use weighs where costs only count. */
const TILT = 0.9;

/**
 * Where costs only count servers, most changes change nothing: so what they free weighs too, at most of its price. It gathers until
 * there is room for one server more.
 */
function tilted(packing: Packing, unit: Float64Array): { packing: Packing; unit: Float64Array } {
  const { resource, use } = packing;
  const cost = packing.cost.map((own, way) => own + TILT * (unit[resource[way] as number] as number) * (use[way] as number));
  return { packing: { ...packing, cost, isWhole: false }, unit: unit.map((price) => (1 - TILT) * price) };
}

/** Parts in which to look for room for one who is stranded, and how many of them stand where room is needed, and how many do not. */
const TRIES = [0, 1, 2, 3];
const THERE = 9;
const ELSEWHERE = 6;

/**
 * Finds room for those who are stranded: each together with servers to whom another way is worth nearly the same, put anew by branching.
 * @returns whether nobody is stranded any more
 */
export function settle(packing: Packing, taken: Int32Array, unit: Float64Array): boolean {
  const stranded = [...taken.keys()].filter((server) => taken[server] === STRANDED);
  for (const server of stranded) {
    if (!TRIES.some((window) => findRoom(packing, taken, unit, server, window))) return false;
  }
  return true;
}

/** On each resource that it could use, cheapest first, with those there who would lose least by each unit that they free. */
function findRoom(packing: Packing, taken: Int32Array, unit: Float64Array, server: number, window: number): boolean {
  const { first, resource } = packing;
  const yielding = byLossPerSize(packing, taken, unit);
  const ways: number[] = [];
  for (let way = first[server] as number; way < (first[server + 1] as number); way++) ways.push(way);
  ways.sort((a, b) => pricedCost(packing, unit, a) - pricedCost(packing, unit, b) || a - b);
  return ways.some((way) => {
    const isThere = (other: number): boolean => resource[taken[other] as number] === resource[way];
    const there = yielding.filter(isThere).slice(window * THERE, (window + 1) * THERE);
    const elsewhere = yielding.filter((other) => !isThere(other)).slice(window * ELSEWHERE, (window + 1) * ELSEWHERE);
    const chosen = [server, ...there, ...elsewhere].sort((a, b) => a - b);
    return replace(packing, taken, unit, chosen, true);
  });
}

function byLossPerSize(packing: Packing, taken: Int32Array, unit: Float64Array): number[] {
  const { first, resource, use } = packing;
  const ratio = new Float64Array(taken.length).fill(Infinity);
  for (let server = 0; server < taken.length; server++) {
    const now = taken[server] as number;
    if (now === STRANDED) continue;
    const size = (unit[resource[now] as number] as number) * (use[now] as number);
    const before = pricedCost(packing, unit, now);
    for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
      if (way === now) continue;
      ratio[server] = Math.min(ratio[server] as number, (pricedCost(packing, unit, way) - before) / size);
    }
  }
  return [...taken.keys()]
    .filter((server) => (ratio[server] as number) < Infinity)
    .sort((a, b) => (ratio[a] as number) - (ratio[b] as number) || a - b);
}

interface Ranks {
  /** Who pays more than the least priced cost, most first. */
  readonly misplaced: readonly number[];
  /** All others, those first who would lose least elsewhere. */
  readonly pliable: readonly number[];
}

function rank(packing: Packing, taken: Int32Array, unit: Float64Array): Ranks {
  const { first } = packing;
  const least = leastPriced(packing, unit);
  const excess = new Float64Array(taken.length);
  const loss = new Float64Array(taken.length);
  const misplaced: number[] = [];
  const pliable: number[] = [];
  for (let server = 0; server < taken.length; server++) {
    const now = taken[server] as number;
    if (now === STRANDED) continue;
    const before = pricedCost(packing, unit, now);
    excess[server] = before - pricedCost(packing, unit, least[server] as number);
    if ((excess[server] as number) > 0) misplaced.push(server);
    let next = Infinity;
    for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
      if (way !== now) next = Math.min(next, Math.abs(pricedCost(packing, unit, way) - before));
    }
    loss[server] = next;
    if (next < Infinity) pliable.push(server);
  }
  misplaced.sort((a, b) => (excess[b] as number) - (excess[a] as number) || a - b);
  pliable.sort((a, b) => (loss[a] as number) - (loss[b] as number) || a - b);
  return { misplaced, pliable };
}

/** Some of the misplaced and some of the pliable, the first of each list most often. */
function nextPart({ misplaced, pliable }: Ranks, skew: number, random: () => number): number[] {
  const chosen = new Set<number>();
  const few = Math.min(PART >> 1, misplaced.length);
  const skewed = (list: readonly number[]): number => list[Math.floor(random() ** skew * list.length)] as number;
  for (let draw = 0; draw < few; draw++) chosen.add(skewed(misplaced));
  for (let draw = 0; draw < 2 * PART && pliable.length > 0 && chosen.size < PART; draw++) chosen.add(skewed(pliable));
  return [...chosen].sort((a, b) => a - b);
}

/** Lehmer's generator of Park and Miller, from 0 to 1: the same draws in every run. */
function sequence(): () => number {
  let state = 20_031;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** Puts some servers anew among what the others leave. @returns whether that came out, and better where they have a packing */
function replace(
  packing: Packing,
  taken: Int32Array,
  unit: Float64Array,
  servers: readonly number[],
  isStranded: boolean,
): boolean {
  const { resource, use } = packing;
  const room = roomLeft(packing, taken);
  for (const server of servers) {
    const now = taken[server] as number;
    if (now !== STRANDED) room[resource[now] as number] = (room[resource[now] as number] as number) + (use[now] as number);
  }
  const part = partOf(packing, servers, room);
  const start = isStranded ? null : Int32Array.from(servers, (server) => part.choiceOf.indexOf(taken[server] as number));
  const { taken: found, cost } = branch(part, unit, start, NODES_PER_PART);
  if (found === null || (start !== null && cost >= costOfPacking(part, start))) return false;
  servers.forEach((server, index) => (taken[server] = part.choiceOf[found[index] as number] as number));
  return true;
}
