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

/** From here on, and down to there, both as parts of a server's spread of costs. */
const FIRST_TEMPERATURE = 1;
const LAST_TEMPERATURE = 1e-7;
const COOLING = 0.2;
/** A good start has little to unlearn. */
const WARM_TEMPERATURE = 3e-3;
const MOST_STEPS = 150;
/** Servers whose prices the search for those of more begins from. */
const SAMPLE = 700;
/** So much more of everything for the sample than its part: chance may have put the larger servers into it. */
const AMPLE = 1.05;
/** What is left to win, as a part of all servers' spread of costs, at which to stop. */
const CLOSE_ENOUGH = 2e-7;

/**
 * Maximises the dual of a packing's linear relaxation: its best prices and the bound that they prove. The dual is made smooth by a
 * temperature and its prices kept above 0 by a barrier; Newton's method follows the maximum while the temperature falls. The dual has
 * as many variables as there are scarce resources, so a step costs one look at every way and a system of that size.
 */
export function findPrices(packing: Packing, known?: Float64Array): Prices {
  const priced = pricedPacking(packing);
  const { resources } = priced;
  const count = resources.length;
  const unit = spreadOf(packing);
  const servers = packing.first.length - 1;
  let point = newDualPoint(count);
  let trial = newDualPoint(count);
  let next: Float64Array = new Float64Array(count);
  let prices = startingPrices(priced, unit, undefined);
  let temperature = FIRST_TEMPERATURE * unit;
  evaluateDual(priced, prices, temperature, point);
  const hint = known ?? pricesOfSample(packing);
  if (hint !== undefined) {
    const hinted = startingPrices(priced, unit, hint);
    evaluateDual(priced, hinted, WARM_TEMPERATURE * unit, trial);
    // A hint from too different a problem is worth less than none.
    if (trial.bound > point.bound) {
      prices = hinted;
      temperature = WARM_TEMPERATURE * unit;
      [point, trial] = [trial, point];
    }
  }
  const best = { bound: point.bound, prices: Float64Array.from(prices) };

  const gradient = new Float64Array(count);
  const direction = new Float64Array(count);
  for (let step = 0; step < MOST_STEPS && count > 0; step++) {
    const rise = newtonStep(point, prices, temperature, gradient, direction);
    let length = Math.min(1, longestStep(prices, direction));
    let isBetter = false;
    for (let halving = 0; halving < 8 && !isBetter; halving++) {
      for (let at = 0; at < count; at++) next[at] = (prices[at] as number) + length * (direction[at] as number);
      evaluateDual(priced, next, temperature, trial);
      const gained = barrier(trial, next, temperature) - barrier(point, prices, temperature);
      isBetter = gained >= 1e-3 * length * rise;
      length /= 4;
    }
    if (isBetter) {
      [point, trial] = [trial, point];
      [prices, next] = [next, prices];
      if (point.bound > best.bound) {
        best.bound = point.bound;
        best.prices.set(prices);
      }
    }
    if (isBetter && rise > 0.5 * temperature * count) continue;
    const toWin = point.bound - point.smooth + temperature * count;
    if (temperature <= LAST_TEMPERATURE * unit || toWin <= CLOSE_ENOUGH * unit * servers) break;
    temperature *= COOLING;
    evaluateDual(priced, prices, temperature, point);
  }

  const perUnit = new Float64Array(packing.capacity.length);
  resources.forEach((resource, at) => {
    perUnit[resource] = (best.prices[at] as number) / (packing.capacity[resource] as number);
  });
  return { unit: perUnit, bound: best.bound };
}

/** Many servers have nearly the prices that a few of them have with their part of the capacity. */
function pricesOfSample(packing: Packing): Float64Array | undefined {
  const servers = packing.first.length - 1;
  const stride = Math.floor(servers / SAMPLE);
  if (stride < 2) return undefined;
  const sample = Array.from({ length: Math.floor(servers / stride) }, (_, index) => index * stride);
  const part = partOf(packing, sample, packing.capacity);
  const capacity = packing.capacity.map((room) => (AMPLE * room * sample.length) / servers);
  return findPrices({ ...part, capacity }).unit;
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
