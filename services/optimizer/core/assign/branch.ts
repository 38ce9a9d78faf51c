import type { Packing } from './packing.js';

/** What a search by branching came to. */
export interface Branched {
  /** The best packing known: the one that it began with, or better. */
  readonly taken: Int32Array | null;
  readonly cost: number;
  /** No packing costs less. Equal to the cost: it is proven best. */
  readonly bound: number;
  readonly nodes: number;
}

/** Steps along the subgradient: many where the search begins, few at each node below, which starts from its parent's prices. */
const ROOT_STEPS = 60;
const NODE_STEPS = 12;
/** Part of the costs' size below which two costs are the same. */
const PRECISION = 1e-10;

/**
 * Searches a small packing by branch and bound: at each node the dual, improved by a few subgradient steps, bounds what can be found
 * below; ways that would cost too much at its prices, or have no room left, are struck out; then one server takes each of its
 * remaining ways in turn, the cheapest first. Ends with a proof, or at the limit of nodes with the bound that stands until then.
 */
export function branch(packing: Packing, unit: Float64Array, start: Int32Array | null, mostNodes: number): Branched {
  const { first, resource, use, cost, capacity } = packing;
  const servers = first.length - 1;
  const resources = capacity.length;
  const scale = sizeOf(packing);
  const slack = PRECISION * scale;
  // Whole costs: what is not better by one is not better.
  const leap = packing.isWhole ? 1 - 1e-6 : slack;
  let best = start;
  let bestCost = start === null ? Infinity : total(start);
  let nodes = 0;
  let openBound = Infinity;

  const alive: Uint8Array[] = [new Uint8Array(cost.length).fill(1)];
  const prices: Float64Array[] = [Float64Array.from(unit)];
  const priced = new Float64Array(cost.length);
  const least = new Float64Array(servers);
  const choice = new Int32Array(servers);
  const used = new Float64Array(resources);
  const trial = new Float64Array(resources);
  const fixed = new Float64Array(resources);

  visit(0, ROOT_STEPS, -Infinity);
  const bound = Math.min(bestCost, openBound);
  return { taken: best, cost: bestCost, bound, nodes };

  function visit(depth: number, steps: number, inherited: number): void {
    if (nodes >= mostNodes) {
      openBound = Math.min(openBound, inherited);
      return;
    }
    nodes++;
    const living = alive[depth] as Uint8Array;
    const unitAt = prices[depth] as Float64Array;
    if (!strikeOutUnaffordable(living)) return;
    const bound = Math.max(inherited, raiseDual(living, unitAt, steps));
    if (bound > bestCost - leap) return;
    if (!strikeOutDear(living, unitAt, bound)) return;
    const server = branchingServer(living, unitAt);
    // Nothing is left to choose: all stand fixed, and have room.
    if (server < 0) {
      consider();
      return;
    }
    const ways: number[] = [];
    for (let way = first[server] as number; way < (first[server + 1] as number); way++) if (living[way] === 1) ways.push(way);
    const full = new Map(ways.map((way) => [way, fullCost(way, unitAt)]));
    ways.sort((a, b) => (full.get(a) as number) - (full.get(b) as number) || a - b);
    const leastFull = full.get(ways[0] as number) as number;
    const below = (alive[depth + 1] ??= new Uint8Array(cost.length));
    const pricesBelow = (prices[depth + 1] ??= new Float64Array(resources));
    for (const way of ways) {
      const atLeast = bound + (packing.isWhole ? 0 : Math.max(0, (full.get(way) as number) - leastFull) * (1 - 1e-9));
      if (atLeast > bestCost - leap) continue;
      below.set(living);
      pricesBelow.set(unitAt);
      for (const other of ways) if (other !== way) below[other] = 0;
      visit(depth + 1, NODE_STEPS, atLeast);
    }
  }

  /** @returns false where a server has no way left, or the fixed ones alone take too much */
  function strikeOutUnaffordable(living: Uint8Array): boolean {
    let hasStruck = true;
    while (hasStruck) {
      if (!addUpFixed(living)) return false;
      hasStruck = false;
      for (let server = 0; server < servers; server++) if (strikeOutWithoutRoom(living, server)) hasStruck = true;
    }
    return true;
  }

  /** What those with one way left take. @returns false where that is too much, or a server has none */
  function addUpFixed(living: Uint8Array): boolean {
    fixed.fill(0);
    for (let server = 0; server < servers; server++) {
      const only = onlyWay(living, server);
      if (only === NONE) return false;
      if (only >= 0) fixed[resource[only] as number] = (fixed[resource[only] as number] as number) + (use[only] as number);
    }
    return fixed.every((taken, at) => taken <= (capacity[at] as number));
  }

  function strikeOutWithoutRoom(living: Uint8Array, server: number): boolean {
    if (onlyWay(living, server) >= 0) return false;
    let hasStruck = false;
    for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
      const at = resource[way] as number;
      if (living[way] === 0 || (use[way] as number) <= (capacity[at] as number) - (fixed[at] as number)) continue;
      living[way] = 0;
      hasStruck = true;
    }
    return hasStruck;
  }

  /** Subgradient steps of Polyak's length towards the best known cost. @returns the best bound, its prices in `unitAt` */
  function raiseDual(living: Uint8Array, unitAt: Float64Array, steps: number): number {
    let bound = -Infinity;
    let length = 1;
    let since = 0;
    trial.set(unitAt);
    for (let step = 0; ; step++) {
      const dual = takeLeastPriced(living);
      if (fits()) consider();
      if (dual > bound) {
        bound = dual;
        unitAt.set(trial);
        since = 0;
      } else if (++since >= 3) {
        length /= 2;
        since = 0;
      }
      if (step >= steps || bound > bestCost - leap) return bound;
      let norm = 0;
      for (let at = 0; at < resources; at++) {
        const room = capacity[at] as number;
        if (room <= 0) continue;
        const over = ((used[at] as number) - room) / room;
        if (over > 0 || (trial[at] as number) > 0) norm += over * over;
      }
      if (norm === 0) return bound;
      const target = bestCost < Infinity ? bestCost : bound + 0.05 * scale;
      const stride = (length * Math.max(target - dual, slack)) / norm;
      for (let at = 0; at < resources; at++) {
        const room = capacity[at] as number;
        if (room <= 0) continue;
        const over = ((used[at] as number) - room) / room;
        trial[at] = Math.max(0, (trial[at] as number) + (stride * over) / room);
      }
    }
  }

  /** Each server's least priced way at the prices on trial, into `choice` and `used`. @returns the dual there */
  function takeLeastPriced(living: Uint8Array): number {
    let dual = 0;
    let size = 0;
    used.fill(0);
    for (let server = 0; server < servers; server++) {
      let lowest = Infinity;
      let chosen = NONE;
      for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
        if (living[way] === 0) continue;
        const full = fullCost(way, trial);
        if (full >= lowest) continue;
        lowest = full;
        chosen = way;
      }
      dual += lowest;
      size += Math.abs(lowest);
      choice[server] = chosen;
      const at = resource[chosen] as number;
      used[at] = (used[at] as number) + (use[chosen] as number);
    }
    for (let at = 0; at < resources; at++) {
      const paid = (trial[at] as number) * (capacity[at] as number);
      dual -= paid;
      size += paid;
    }
    // What rounding may have added would be no bound.
    return dual - Number.EPSILON * servers * size;
  }

  /** Strikes out what cannot be part of anything better than the best. @returns false where a server has no way left */
  function strikeOutDear(living: Uint8Array, unitAt: Float64Array, bound: number): boolean {
    const budget = bestCost - leap - bound;
    for (let server = 0; server < servers; server++) {
      let lowest = Infinity;
      for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
        if (living[way] === 0) continue;
        priced[way] = fullCost(way, unitAt);
        lowest = Math.min(lowest, priced[way] as number);
      }
      least[server] = lowest;
      for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
        if (living[way] === 1 && (priced[way] as number) - lowest > budget + slack) living[way] = 0;
      }
      if (onlyWay(living, server) === NONE) return false;
    }
    return strikeOutUnaffordable(living);
  }

  /** Whose least priced way weighs most, among those who have a choice; -1: nobody has. */
  function branchingServer(living: Uint8Array, unitAt: Float64Array): number {
    let heaviest = -1;
    let found = -1;
    for (let server = 0; server < servers; server++) {
      if (onlyWay(living, server) >= 0) continue;
      let lowest = Infinity;
      let second = Infinity;
      let weight = 0;
      for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
        if (living[way] === 0) continue;
        const full = fullCost(way, unitAt);
        if (full < lowest) {
          second = lowest;
          lowest = full;
          weight = (unitAt[resource[way] as number] as number) * (use[way] as number);
        } else if (full < second) second = full;
      }
      const importance = weight + (second - lowest);
      if (importance <= heaviest) continue;
      heaviest = importance;
      found = server;
    }
    if (found < 0) {
      for (let server = 0; server < servers; server++) choice[server] = onlyWay(living, server);
    }
    return found;
  }

  /** Its one way; `SEVERAL` or `NONE`. */
  function onlyWay(living: Uint8Array, server: number): number {
    let only = NONE;
    for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
      if (living[way] === 0) continue;
      if (only >= 0) return SEVERAL;
      only = way;
    }
    return only;
  }

  function fullCost(way: number, at: Float64Array): number {
    return (cost[way] as number) + (at[resource[way] as number] as number) * (use[way] as number);
  }

  function fits(): boolean {
    for (let at = 0; at < resources; at++) if ((used[at] as number) > (capacity[at] as number)) return false;
    return true;
  }

  /** Takes `choice` for the best where it is better. */
  function consider(): void {
    const found = total(choice);
    if (found > bestCost - slack) return;
    bestCost = found;
    best = Int32Array.from(choice);
  }

  function total(taken: Int32Array): number {
    let sum = 0;
    for (const way of taken) sum += cost[way] as number;
    return sum;
  }
}

const NONE = -1;
const SEVERAL = -2;

/** The largest cost of each server, added up: what a rounding error is measured by. */
function sizeOf({ first, cost }: Packing): number {
  let sum = 0;
  for (let server = 0; server + 1 < first.length; server++) {
    let most = 0;
    for (let way = first[server] as number; way < (first[server + 1] as number); way++)
      most = Math.max(most, Math.abs(cost[way] as number));
    sum += most;
  }
  return sum > 0 ? sum : 1;
}
