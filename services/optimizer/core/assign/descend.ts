import { roomLeft, type Packing } from './packing.js';
import { pricedCost } from './round.js';

/**
 * Moves single servers to better ways that have room, best gain first, until none is left. A way as good that stands before is
 * better too: so the answer does not depend on how it was found where costs tie. Always ends: each move lowers the cost, or with the
 * same cost the sum of positions. Not so where costs only count servers: there nearly all of them tie.
 * @param unit with prices: by the priced cost, and only strictly better
 */
export function descend(packing: Packing, taken: Int32Array, unit?: Float64Array): void {
  const { first, cost, resource, use } = packing;
  const left = roomLeft(packing, taken);
  const tiesCount = unit === undefined && !packing.isWhole;
  const costOf = (way: number): number => (unit === undefined ? (cost[way] as number) : pricedCost(packing, unit, way));
  for (let hasMoved = true; hasMoved;) {
    hasMoved = false;
    const moves: { server: number; gain: number }[] = [];
    for (let server = 0; server < taken.length; server++) {
      const way = bestMove(server);
      if (way >= 0) moves.push({ server, gain: costOf(taken[server] as number) - costOf(way) });
    }
    moves.sort((a, b) => b.gain - a.gain || a.server - b.server);
    for (const { server } of moves) {
      const way = bestMove(server);
      if (way < 0) continue;
      const now = taken[server] as number;
      left[resource[now] as number] = (left[resource[now] as number] as number) + (use[now] as number);
      left[resource[way] as number] = (left[resource[way] as number] as number) - (use[way] as number);
      taken[server] = way;
      hasMoved = true;
    }
  }

  function bestMove(server: number): number {
    const now = taken[server] as number;
    const own = resource[now] as number;
    let least = costOf(now);
    let best = -1;
    for (let way = first[server] as number; way < (first[server + 1] as number); way++) {
      const full = costOf(way);
      const isBetter = full < least || (tiesCount && full === least && best < 0 && way < now);
      if (!isBetter) continue;
      const to = resource[way] as number;
      const room = (left[to] as number) + (to === own ? (use[now] as number) : 0);
      if ((use[way] as number) > room) continue;
      least = full;
      best = way;
    }
    return best;
  }
}
