import { solveSymmetric } from './cholesky.js';
import { partOf, type Packing } from './packing.js';
import { evaluateDual, newDualPoint, pricedPacking, type DualPoint, type PricedPacking } from './smoothed-dual.js';

/** Prices of resources under which every server may choose for itself, nearly without anybody taking too much. */
export interface Prices {
  /** By resource, for one unit of it. */
  readonly unit: Float64Array;
  /** No packing costs less. */
  readonly bound: number;
}

/** As parts of a server's spread of costs: where the search begins that knows nothing, one from a sample, and one from known prices. */
const FIRST_TEMPERATURE = 1;
const SAMPLE_TEMPERATURE = 2e-2;
const KNOWN_TEMPERATURE = 8e-3;
/** Down to here all ways are looked at, from there on, and where prices are known, those that are near. */
const NEAR_TEMPERATURE = 4e-3;
const LAST_TEMPERATURE = 1e-7;
const COOLING = 0.2;
/** A way is near its server's best where it is dearer by at most this part of what both use at its price. */
const NEAR = 0.05;
const MOST_STEPS = 150;
/** Servers whose prices the search for those of more begins from. */
const SAMPLE = 700;
/** So much more of everything for the sample than its part: chance may have put the larger servers into it. */
const AMPLE = 1.05;
/** What is left to win, as a part of all servers' spread of costs, at which to stop. */
const CLOSE_ENOUGH = 2e-7;

/**
 * Maximises the dual of a packing's linear relaxation: its best prices and the bound that they prove. The search begins with prices
 * that are known, or with those of a sample. Near the best prices few ways of a server come into question, and its last part looks at
 * those alone; the bound is that of all ways in any case.
 */
export function findPrices(packing: Packing, known?: Float64Array): Prices {
  const priced = pricedPacking(packing);
  const unit = spreadOf(packing);
  const { prices, temperature } = beginning(priced, unit, known);
  const isKnown = temperature === KNOWN_TEMPERATURE;
  const coarse = isKnown ? null : ascend(priced, prices, { unit, from: temperature, to: NEAR_TEMPERATURE });
  const start = coarse?.prices ?? prices;
  const below = { unit, from: isKnown ? temperature : NEAR_TEMPERATURE * COOLING, to: LAST_TEMPERATURE };
  const near = pricedPacking(withWaysNear(packing, perUnit(priced, start)), priced.resources);
  const among = ascend(near, start, below);
  const bound = boundAt(priced, among.best);
  const isMissed = bound < among.bound - CLOSE_ENOUGH * unit * (packing.first.length - 1);
  // What was known is too far off.
  if (isMissed && coarse === null) return findPrices(packing);
  const fine = isMissed ? ascend(priced, start, below) : { best: among.best, bound };
  const found = coarse !== null && coarse.bound > fine.bound ? coarse : fine;
  return { unit: perUnit(priced, found.best), bound: found.bound };
}

/** Prices to begin with. Those of too different a problem are worth less than none. */
function beginning(
  priced: PricedPacking,
  unit: number,
  known: Float64Array | undefined,
): { readonly prices: Float64Array; readonly temperature: number } {
  const plain = startingPrices(priced, unit, undefined);
  const least = boundAt(priced, plain);
  for (const [find, temperature] of [
    [(): Float64Array | undefined => known, KNOWN_TEMPERATURE],
    [(): Float64Array | undefined => pricesOfSample(priced.packing), SAMPLE_TEMPERATURE],
  ] as const) {
    const hint = find();
    const prices = hint === undefined ? plain : startingPrices(priced, unit, hint);
    if (hint !== undefined && boundAt(priced, prices) > least) return { prices, temperature };
  }
  return { prices: plain, temperature: FIRST_TEMPERATURE };
}

interface Ascent {
  /** Where it ended, and where the bound was best. */
  readonly prices: Float64Array;
  readonly best: Float64Array;
  readonly bound: number;
}

/**
 * The dual is made smooth by a temperature and its prices kept above 0 by a barrier; Newton's method follows the maximum while the
 * temperature falls. The dual has as many variables as there are scarce resources, so a step costs one look at every way and a system
 * of that size.
 */
function ascend(
  priced: PricedPacking,
  start: Float64Array,
  { unit, from, to }: { readonly unit: number; readonly from: number; readonly to: number },
): Ascent {
  const count = start.length;
  const servers = priced.packing.first.length - 1;
  let point = newDualPoint(count);
  let trial = newDualPoint(count);
  let prices: Float64Array = Float64Array.from(start);
  let next: Float64Array = new Float64Array(count);
  let temperature = from * unit;
  evaluateDual(priced, prices, temperature, point);
  let bound = point.bound;
  const best = Float64Array.from(prices);
  const gradient = new Float64Array(count);
  const direction = new Float64Array(count);
  let stride = 1;
  for (let step = 0; step < MOST_STEPS && count > 0; step++) {
    const rise = newtonStep(point, prices, temperature, gradient, direction);
    let length = Math.min(1, 4 * stride, longestStep(prices, direction));
    let isBetter = false;
    for (let halving = 0; halving < 8 && !isBetter; halving++) {
      for (let at = 0; at < count; at++) next[at] = (prices[at] as number) + length * (direction[at] as number);
      evaluateDual(priced, next, temperature, trial);
      const gained = barrier(trial, next, temperature) - barrier(point, prices, temperature);
      isBetter = gained >= 1e-3 * length * rise;
      stride = length;
      length /= 4;
    }
    if (isBetter) {
      [point, trial] = [trial, point];
      [prices, next] = [next, prices];
      if (point.bound > bound) {
        bound = point.bound;
        best.set(prices);
      }
    }
    if (isBetter && rise > 0.5 * temperature * count) continue;
    const toWin = point.bound - point.smooth + temperature * count;
    if (temperature <= to * unit || toWin <= CLOSE_ENOUGH * unit * servers) break;
    temperature *= COOLING;
    evaluateDual(priced, prices, temperature, point);
  }
  return { prices, best, bound };
}

function boundAt(priced: PricedPacking, prices: Float64Array): number {
  const point = newDualPoint(prices.length);
  evaluateDual(priced, prices, 0, point);
  return point.bound;
}

function perUnit({ packing, resources }: PricedPacking, prices: Float64Array): Float64Array {
  const unit = new Float64Array(packing.capacity.length);
  resources.forEach((resource, at) => (unit[resource] = (prices[at] as number) / (packing.capacity[resource] as number)));
  return unit;
}

/** Many servers have nearly the prices that a few of them have with their part of the capacity. */
function pricesOfSample(packing: Packing): Float64Array | undefined {
  const servers = packing.first.length - 1;
  const stride = Math.floor(servers / SAMPLE);
  if (stride < 2) return undefined;
  const chosen = Array.from({ length: Math.floor(servers / stride) }, (_, index) => index * stride);
  const capacity = packing.capacity.map((room) => (AMPLE * room * chosen.length) / servers);
  const sample = { ...partOf(packing, chosen, packing.capacity), capacity };
  const priced = pricedPacking(sample);
  const unit = spreadOf(sample);
  const start = startingPrices(priced, unit, undefined);
  return perUnit(priced, ascend(priced, start, { unit, from: FIRST_TEMPERATURE, to: SAMPLE_TEMPERATURE }).prices);
}

/** The same with the ways near their server's best at given prices. */
function withWaysNear(packing: Packing, unit: Float64Array): Packing {
  const { cost, resource, use } = packing;
  const first = new Int32Array(packing.first.length);
  const kept = new Int32Array(cost.length);
  let end = 0;
  for (let server = 0; server + 1 < first.length; server++) {
    const from = packing.first[server] as number;
    const to = packing.first[server + 1] as number;
    let least = Infinity;
    let paid = 0;
    for (let way = from; way < to; way++) {
      const own = (unit[resource[way] as number] as number) * (use[way] as number);
      if ((cost[way] as number) + own >= least) continue;
      least = (cost[way] as number) + own;
      paid = own;
    }
    for (let way = from; way < to; way++) {
      const own = (unit[resource[way] as number] as number) * (use[way] as number);
      if ((cost[way] as number) + own - least <= NEAR * (own + paid)) kept[end++] = way;
    }
    first[server + 1] = end;
  }
  const ways = kept.subarray(0, end);
  return {
    ...packing,
    first,
    resource: Int32Array.from(ways, (way) => resource[way] as number),
    use: Float64Array.from(ways, (way) => use[way] as number),
    cost: Float64Array.from(ways, (way) => cost[way] as number),
  };
}

/** What the smooth dual with its barrier amounts to. */
function barrier({ smooth }: DualPoint, prices: Float64Array, temperature: number): number {
  let logs = 0;
  for (const price of prices) logs += Math.log(price);
  return smooth + temperature * logs;
}

/** @returns by how much the whole step would raise the smooth dual twice over, were it a parabola */
function newtonStep(
  { use, curvature }: DualPoint,
  prices: Float64Array,
  temperature: number,
  gradient: Float64Array,
  direction: Float64Array,
): number {
  const count = prices.length;
  for (let at = 0; at < count; at++) {
    const price = prices[at] as number;
    gradient[at] = (use[at] as number) - 1 + temperature / price;
    curvature[at * count + at] = (curvature[at * count + at] as number) + temperature / (price * price);
  }
  solveSymmetric(curvature, gradient, direction);
  let rise = 0;
  for (let at = 0; at < count; at++) rise += (gradient[at] as number) * (direction[at] as number);
  return rise;
}

/** No price falls to 0, nor grows more than tenfold, in one step. */
function longestStep(prices: Float64Array, direction: Float64Array): number {
  let length = Infinity;
  for (let at = 0; at < prices.length; at++) {
    const price = prices[at] as number;
    const change = direction[at] as number;
    if (change < 0) length = Math.min(length, (-0.95 * price) / change);
    if (change > 0) length = Math.min(length, (9 * price) / change);
  }
  return length;
}

/** How far a server's ways lie apart on average; 1 where all cost the same. */
function spreadOf({ first, cost }: Packing): number {
  let sum = 0;
  for (let server = 0; server + 1 < first.length; server++) {
    let least = Infinity;
    let most = -Infinity;
    for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
      least = Math.min(least, cost[way] as number);
      most = Math.max(most, cost[way] as number);
    }
    if (most > least) sum += most - least;
  }
  return sum > 0 ? sum / (first.length - 1) : 1;
}

/** Half a server's spread for what a server takes if all take the same. */
function startingPrices({ packing, resources }: PricedPacking, unit: number, warm: Float64Array | undefined): Float64Array {
  const perServer = (0.5 * unit * (packing.first.length - 1)) / Math.max(1, resources.length);
  return Float64Array.from(resources, (resource) => {
    const known = (warm?.[resource] ?? 0) * (packing.capacity[resource] as number);
    return known > 0 ? known : warm === undefined ? perServer : 1e-6 * perServer;
  });
}
