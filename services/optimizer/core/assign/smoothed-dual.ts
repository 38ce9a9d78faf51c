import type { Packing } from './packing.js';

/** Servers whose ways lie further than this many temperatures behind their best take them with no weight: exp(−30) ≈ 1e-13. */
const REACH = 30;

/** The dual of a packing at given prices, and what a step of Newton's method needs. */
export interface DualPoint {
  /** Σ over servers of the least priced cost, less the price of all capacity, and what rounding may have added: no packing costs less. */
  bound: number;
  /** The same with the minimum of each server made smooth; at most the bound. */
  smooth: number;
  /** By priced resource: use on average, as part of the capacity. */
  readonly use: Float64Array;
  /** Its derivative by price, negated: rows by rows. */
  readonly curvature: Float64Array;
}

/** Resources that can run short, and their uses as parts of capacity, so that all prices are of one size. */
export interface PricedPacking {
  readonly packing: Packing;
  /** By price. */
  readonly resources: Int32Array;
  /** By way: which price its resource has, or -1: it cannot run short. */
  readonly price: Int32Array;
  readonly share: Float64Array;
}

/** @param resources those that can run short; absent: those of the packing itself */
export function pricedPacking(packing: Packing, resources = scarceResources(packing)): PricedPacking {
  const { capacity, resource, use } = packing;
  const priceOf = new Int32Array(capacity.length).fill(-1);
  resources.forEach((at, index) => (priceOf[at] = index));
  const price = new Int32Array(resource.length);
  const share = new Float64Array(resource.length);
  for (let way = 0; way < price.length; way++) {
    const at = resource[way] as number;
    price[way] = priceOf[at] as number;
    if ((price[way] as number) >= 0) share[way] = (use[way] as number) / (capacity[at] as number);
  }
  return { packing, resources, price, share };
}

/** There are too few of them if each server takes the way that uses most. */
function scarceResources({ capacity, resource, use, first }: Packing): Int32Array {
  const demand = new Float64Array(capacity.length);
  const most = new Float64Array(capacity.length);
  for (let server = 0; server + 1 < first.length; server++) {
    const from = first[server] as number;
    const to = first[server + 1] as number;
    for (let way = from; way < to; way++) most[resource[way] as number] = 0;
    for (let way = from; way < to; way++) {
      const at = resource[way] as number;
      const more = (use[way] as number) - (most[at] as number);
      if (more <= 0) continue;
      most[at] = use[way] as number;
      demand[at] = (demand[at] as number) + more;
    }
  }
  return Int32Array.from([...capacity.keys()].filter((at) => (demand[at] as number) > (capacity[at] as number)));
}

export function newDualPoint(prices: number): DualPoint {
  return { bound: 0, smooth: 0, use: new Float64Array(prices), curvature: new Float64Array(prices * prices) };
}

/**
 * Evaluates the dual. At temperature τ the least priced cost r of a server becomes −τ·log Σ exp(−r/τ): each way is taken in part,
 * with weight exp(−r/τ) over their sum, so use changes smoothly with the prices. At 0 it is the dual itself.
 */
export function evaluateDual(
  { packing, price, share }: PricedPacking,
  prices: Float64Array,
  temperature: number,
  point: DualPoint,
): void {
  const { first, cost } = packing;
  const { use, curvature } = point;
  const count = prices.length;
  const priced = new Float64Array(count + 1);
  priced.set(prices);
  const mean = new Float64Array(count);
  const square = new Float64Array(count);
  const touched = new Int32Array(count);
  const costs = new Float64Array(longest(first));
  const reach = REACH * temperature;
  use.fill(0);
  curvature.fill(0);
  let bound = 0;
  let size = 0;
  let below = 0;
  for (let server = 0; server + 1 < first.length; server++) {
    const from = first[server] as number;
    const to = first[server + 1] as number;
    let least = Infinity;
    let best = from;
    for (let way = from; way < to; way++) {
      const at = price[way] as number;
      const full = at < 0 ? (cost[way] as number) : (cost[way] as number) + (priced[at] as number) * (share[way] as number);
      costs[way - from] = full;
      if (full < least) {
        least = full;
        best = way;
      }
    }
    bound += least;
    size += Math.abs(least);
    if (temperature === 0 || to - from === 1) {
      const at = price[best] as number;
      if (at >= 0) use[at] = (use[at] as number) + (share[best] as number);
      continue;
    }
    const limit = least + reach;
    let near = 0;
    for (let way = 0; way < to - from; way++) if ((costs[way] as number) < limit) near++;
    if (near <= 1) {
      const at = price[best] as number;
      if (at >= 0) use[at] = (use[at] as number) + (share[best] as number);
      continue;
    }
    let weights = 0;
    let touches = 0;
    for (let way = from; way < to; way++) {
      const full = costs[way - from] as number;
      if (full >= limit) continue;
      const weight = Math.exp((least - full) / temperature);
      weights += weight;
      const at = price[way] as number;
      if (at < 0) continue;
      const part = share[way] as number;
      if (mean[at] === 0) touched[touches++] = at;
      mean[at] = (mean[at] as number) + weight * part;
      square[at] = (square[at] as number) + weight * part * part;
    }
    below += Math.log(weights);
    const scale = 1 / weights;
    for (let i = 0; i < touches; i++) {
      const at = touched[i] as number;
      const row = at * count;
      const part = (mean[at] as number) * scale;
      use[at] = (use[at] as number) + part;
      curvature[row + at] = (curvature[row + at] as number) + (square[at] as number) * scale;
      for (let j = 0; j < touches; j++) {
        const other = touched[j] as number;
        curvature[row + other] = (curvature[row + other] as number) - part * (mean[other] as number) * scale;
      }
    }
    for (let i = 0; i < touches; i++) mean[touched[i] as number] = square[touched[i] as number] = 0;
  }
  let paid = 0;
  for (const each of prices) paid += each;
  for (let at = 0; at < curvature.length && temperature > 0; at++) curvature[at] = (curvature[at] as number) / temperature;
  point.bound = bound - paid - Number.EPSILON * first.length * (size + paid);
  point.smooth = bound - temperature * below - paid;
}

function longest(first: Int32Array): number {
  let most = 0;
  for (let server = 0; server + 1 < first.length; server++) {
    most = Math.max(most, (first[server + 1] as number) - (first[server] as number));
  }
  return most;
}
