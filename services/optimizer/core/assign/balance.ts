import { roomLeft, type Packing } from './packing.js';
import { leastPriced, pricedCost } from './round.js';

/** Looks at all servers; each time fewer of them move. */
const ROUNDS = 8;

/**
 * Every server takes its least priced way, but for those to whom another one is worth nearly the same and who so bring the use of
 * resources closer to their capacity. What is too much of a resource and what is too little of it are measured alike, at its price; the
 * result is no packing yet.
 *
 * @param evenness what one cent less of that may cost
 */
export function balancedToPrices(packing: Packing, unit: Float64Array, evenness: number): Int32Array {
  const { first, resource, use } = packing;
  const taken = leastPriced(packing, unit);
  const room = roomLeft(packing, taken);
  const off = (at: number, more: number): number =>
    (unit[at] as number) * (Math.abs((room[at] as number) + more) - Math.abs(room[at] as number));
  const bestWay = (server: number): number => {
    const now = taken[server] as number;
    const own = resource[now] as number;
    const freed = use[now] as number;
    const before = pricedCost(packing, unit, now);
    let gain = PRECISION * Math.abs(before);
    let best = now;
    for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
      if (way === now) continue;
      const to = resource[way] as number;
      const filled = use[way] as number;
      const closer = to === own ? -off(own, freed - filled) : -off(own, freed) - off(to, -filled);
      const gained = evenness * closer - (pricedCost(packing, unit, way) - before);
      if (gained <= gain) continue;
      gain = gained;
      best = way;
    }
    return best;
  };
  for (let round = 0, hasMoved = true; hasMoved && round < ROUNDS; round++) {
    hasMoved = false;
    for (let server = 0; server < taken.length; server++) {
      const now = taken[server] as number;
      const best = bestWay(server);
      if (best === now) continue;
      room[resource[now] as number] = (room[resource[now] as number] as number) + (use[now] as number);
      room[resource[best] as number] = (room[resource[best] as number] as number) - (use[best] as number);
      taken[server] = best;
      hasMoved = true;
    }
  }
  return taken;
}

/** Part of a cost below which a gain is none. */
const PRECISION = 1e-12;
