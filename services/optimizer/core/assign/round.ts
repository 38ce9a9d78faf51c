import type { Packing } from './packing.js';

/** Cost of a way with what it uses at its price. */
export function pricedCost({ cost, resource, use }: Packing, unit: Float64Array, way: number): number {
  return (cost[way] as number) + (unit[resource[way] as number] as number) * (use[way] as number);
}

export function leastPriced(packing: Packing, unit: Float64Array): Int32Array {
  const { first } = packing;
  const taken = new Int32Array(first.length - 1);
  for (let server = 0; server < taken.length; server++) {
    let least = Infinity;
    for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
      const full = pricedCost(packing, unit, way);
      if (full >= least) continue;
      least = full;
      taken[server] = way;
    }
  }
  return taken;
}

/** Entry of a server for which no room was found. */
export const STRANDED = -1;

/** How much the size of a server weighs, beside what it would lose elsewhere, in who goes first. */
const SIZE_WEIGHTS = [0, 0.3, 1];
/** Who found no room goes before all others in the next round; so often. */
const ROUNDS = 8;

/**
 * Servers in turn take their least priced way that has room: first those who would lose most by another one, or are large, last
 * those to whom several ways are worth the same, and who so can fill what is left. The best of a few such orders.
 */
export function roundToPrices(packing: Packing, unit: Float64Array): Int32Array {
  const { first, resource, use } = packing;
  const servers = first.length - 1;
  const least = leastPriced(packing, unit);
  const loss = new Float64Array(servers);
  const size = new Float64Array(servers);
  for (let server = 0; server < servers; server++) {
    const way = least[server] as number;
    size[server] = (unit[resource[way] as number] as number) * (use[way] as number);
    const lowest = pricedCost(packing, unit, way);
    let next = Infinity;
    for (let other = first[server] as number; other < (first[server + 1] as number); other++) {
      if (other !== way) next = Math.min(next, pricedCost(packing, unit, other));
    }
    loss[server] = next - lowest;
  }

  const key = new Float64Array(servers);
  const order = new Int32Array(servers);
  let best: Filled | null = null;
  let leastLost = Infinity;
  for (const weight of SIZE_WEIGHTS) {
    for (let server = 0; server < servers; server++) key[server] = (loss[server] as number) + weight * (size[server] as number);
    for (let round = 1; round <= ROUNDS; round++) {
      for (let server = 0; server < servers; server++) order[server] = server;
      order.sort((a, b) => (key[a] === key[b] ? a - b : (key[b] as number) - (key[a] as number)));
      const filled = fillInOrder(packing, unit, order);
      let lost = 0;
      for (const server of filled.stranded) lost += size[server] as number;
      if (best === null || lost < leastLost || (lost === leastLost && filled.cost < best.cost)) {
        best = filled;
        leastLost = lost;
      }
      if (filled.stranded.length === 0) break;
      for (const server of filled.stranded) key[server] = Infinity;
    }
  }
  return (best as Filled).taken;
}

interface Filled {
  readonly taken: Int32Array;
  readonly stranded: readonly number[];
  readonly cost: number;
}

function fillInOrder(packing: Packing, unit: Float64Array, order: Int32Array): Filled {
  const { first, resource, use, cost } = packing;
  const left = Float64Array.from(packing.capacity);
  const taken = new Int32Array(order.length).fill(STRANDED);
  const stranded: number[] = [];
  let total = 0;
  for (const server of order) {
    let lowest = Infinity;
    let found = STRANDED;
    for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
      if ((use[way] as number) > (left[resource[way] as number] as number)) continue;
      const full = pricedCost(packing, unit, way);
      if (full >= lowest) continue;
      lowest = full;
      found = way;
    }
    taken[server] = found;
    if (found === STRANDED) {
      stranded.push(server);
      continue;
    }
    total += cost[found] as number;
    left[resource[found] as number] = (left[resource[found] as number] as number) - (use[found] as number);
  }
  return { taken, stranded, cost: total };
}
