import { NO_CHOICE, type AssignmentProblem } from './assignment-problem.js';

/**
 * One stage of an assignment in the one shape that every step of the search takes: each server takes exactly one way, a way uses one
 * resource, and the total cost is to be least. Resources are the types of cards and, behind them, one for each level whose servers may
 * go without: to be skipped takes one place of its level. So "serve as many as possible" and "serve that many at the least value"
 * are the same problem with other costs and places.
 */
export interface Packing {
  readonly capacity: Float64Array;
  /** The ways of server s are those from `first[s]` up to and without `first[s + 1]`. */
  readonly first: Int32Array;
  readonly resource: Int32Array;
  readonly use: Float64Array;
  readonly cost: Float64Array;
  /** Server of the problem. */
  readonly serverOf: Int32Array;
  /** Choice of the problem, or `NO_CHOICE`: skipped. */
  readonly choiceOf: Int32Array;
  /** Costs are whole numbers: a better packing is better by one at least. */
  readonly isWhole: boolean;
  /** Resources from here on are places to be skipped. */
  readonly types: number;
}

/** How many servers of a level may be skipped. */
export interface Skips {
  readonly most: number;
}

/** Every level up to that of `skips`'s end; a server skipped at the last one costs 1, all else nothing. */
export function countingStage(problem: AssignmentProblem, skips: readonly Skips[]): Packing {
  return packingOf(problem, skips, true);
}

/** All levels, at the values of their choices. */
export function valueStage(problem: AssignmentProblem, skips: readonly Skips[]): Packing {
  return packingOf(problem, skips, false);
}

/**
 * Leaves out what no best packing needs: a choice with more cards than there are, and one that takes no fewer cards of the same type
 * than another that is not worse.
 */
function packingOf(problem: AssignmentProblem, skips: readonly Skips[], counting: boolean): Packing {
  const { capacity, levelOf, firstChoice, typeOf, cardsOf, valueOf } = problem;
  const types = capacity.length;
  const last = skips.length - 1;
  const most = (typeOf.length + levelOf.length) | 0;
  const first: number[] = [0];
  const servers: number[] = [];
  const resource = new Int32Array(most);
  const use = new Float64Array(most);
  const cost = new Float64Array(most);
  const choiceOf = new Int32Array(most);
  const fewest = new Float64Array(types);
  let end = 0;
  for (let server = 0; server < levelOf.length; server++) {
    const level = levelOf[server] as number;
    if (level > last) continue;
    fewest.fill(Infinity);
    const from = end;
    for (let choice = firstChoice[server] as number; choice < (firstChoice[server + 1] as number); choice++) {
      const type = typeOf[choice] as number;
      const cards = cardsOf[choice] as number;
      if (cards > (capacity[type] as number) || cards >= (fewest[type] as number)) continue;
      fewest[type] = cards;
      resource[end] = type;
      use[end] = cards;
      cost[end] = counting ? 0 : (valueOf[choice] as number);
      choiceOf[end++] = choice;
    }
    if (counting) end = keepFewest(from, end, fewest, { resource, use, cost, choiceOf });
    if ((skips[level] as Skips).most > 0) {
      resource[end] = types + level;
      use[end] = 1;
      cost[end] = counting && level === last ? 1 : 0;
      choiceOf[end++] = NO_CHOICE;
    }
    first.push(end);
    servers.push(server);
  }
  return {
    capacity: Float64Array.from([...capacity, ...skips.map((skip) => skip.most)]),
    first: Int32Array.from(first),
    resource: resource.slice(0, end),
    use: use.slice(0, end),
    cost: cost.slice(0, end),
    serverOf: Int32Array.from(servers),
    choiceOf: choiceOf.slice(0, end),
    isWhole: counting,
    types,
  };
}

/** Where value does not count, one way for each type is enough. */
function keepFewest(
  from: number,
  end: number,
  fewest: Float64Array,
  { resource, use, cost, choiceOf }: { resource: Int32Array; use: Float64Array; cost: Float64Array; choiceOf: Int32Array },
): number {
  let kept = from;
  for (let way = from; way < end; way++) {
    if ((use[way] as number) > (fewest[resource[way] as number] as number)) continue;
    resource[kept] = resource[way] as number;
    use[kept] = use[way] as number;
    cost[kept] = cost[way] as number;
    choiceOf[kept++] = choiceOf[way] as number;
  }
  return kept;
}

/** Part of a packing: some servers of it, some of their ways, and what the other servers leave. */
export function partOf(packing: Packing, servers: readonly number[], capacity: Float64Array): Packing {
  const ways: number[] = [];
  const first = [0];
  for (const server of servers) {
    for (let way = packing.first[server] as number; way < (packing.first[server + 1] as number); way++) {
      if ((packing.use[way] as number) <= (capacity[packing.resource[way] as number] as number)) ways.push(way);
    }
    first.push(ways.length);
  }
  return {
    capacity,
    first: Int32Array.from(first),
    resource: Int32Array.from(ways, (way) => packing.resource[way] as number),
    use: Float64Array.from(ways, (way) => packing.use[way] as number),
    cost: Float64Array.from(ways, (way) => packing.cost[way] as number),
    serverOf: Int32Array.from(servers),
    choiceOf: Int32Array.from(ways),
    isWhole: packing.isWhole,
    types: packing.types,
  };
}

export function costOfPacking({ cost }: Packing, taken: Int32Array): number {
  let sum = 0;
  for (const way of taken) sum += cost[way] as number;
  return sum;
}

/** What is left of each resource; negative where too much is taken. */
export function roomLeft({ capacity, resource, use }: Packing, taken: Int32Array): Float64Array {
  const left = Float64Array.from(capacity);
  for (const way of taken) {
    if (way >= 0) left[resource[way] as number] = (left[resource[way] as number] as number) - (use[way] as number);
  }
  return left;
}

export function isWithin(packing: Packing, taken: Int32Array): boolean {
  return roomLeft(packing, taken).every((room) => room >= 0);
}

/** The same with a place for everybody whose level has any. */
export function withRoomToSkip(packing: Packing): Packing {
  const servers = packing.first.length - 1;
  return { ...packing, capacity: packing.capacity.map((room, at) => (at < packing.types ? room : servers)) };
}
