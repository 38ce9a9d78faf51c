import { cheapestMoves, NONE, stepsOf } from './moves.js';
import { isWithin, roomLeft, type Packing } from './packing.js';
import { pairsByChange } from './pair-table.js';
import { leastPriced } from './round.js';

/** Moves to put together, those of least cost. */
const MOVES = 400;
/** States that go on at each depth. */
const BEAM = 64;
const MOST_DEPTH = 14;
/** What a unit too many or too few weighs in who goes on, as a part of its price. */
const URGENCY = [0.05, 0.1, 0.3];

/** Some moves made together. */
interface State {
  readonly cost: number;
  /** What is missing for each resource to be used up, as one number, and by resource. */
  readonly missing: number;
  readonly room: Float64Array;
  readonly score: number;
  readonly last: number;
  readonly before: State | null;
}

/**
 * A packing close to the bound: every server takes its least priced way, and the cheapest moves that can be found bring the use of each
 * resource to its capacity. At most as many servers as there are resources are divided in the best relaxed packing, so few moves are
 * needed. A beam of partial sets of moves, cheap ones that leave little over and little missing, goes from depth to depth; what each
 * still needs is looked up among all pairs of moves.
 * @returns null where none is found
 */
export function assemble(packing: Packing, unit: Float64Array): Int32Array | null {
  const step = stepsOf(unit);
  const least = leastPriced(packing, unit);
  const room = roomLeft(packing, least);
  const moves = cheapestMoves(packing, least, unit, new Float64Array(room.length), MOVES);
  const cost = Float64Array.from(moves, (move) => move.cost);
  const change = Int32Array.from(moves, (move) => move.change);
  const server = Int32Array.from(moves, (move) => move.server);
  const table = pairsByChange(cost, change, server, Infinity);
  const count = moves.length;
  const { resource, use } = packing;
  const from = new Int32Array(count);
  const freed = new Float64Array(count);
  const to = new Int32Array(count);
  const filled = new Float64Array(count);
  moves.forEach((move, index) => {
    if (move.way === NONE) {
      from[index] = to[index] = move.server - least.length;
      filled[index] = move.units;
      return;
    }
    const now = least[move.server] as number;
    from[index] = resource[now] as number;
    freed[index] = use[now] as number;
    to[index] = resource[move.way] as number;
    filled[index] = use[move.way] as number;
  });

  let best: Int32Array | null = null;
  let bestCost = Infinity;
  let missing = 0;
  room.forEach((each, at) => (missing = (missing + Math.imul(step[at] as number, each)) | 0));
  for (const urgency of URGENCY) {
    let beam: State[] = [{ cost: 0, missing, room, score: 0, last: NONE, before: null }];
    complete(beam[0] as State, NONE);
    for (let depth = 0; depth < MOST_DEPTH && beam.length > 0; depth++) beam = expand(beam, urgency);
  }
  return best;

  function expand(beam: readonly State[], urgency: number): State[] {
    const next: { state: State; move: number; score: number; missing: number }[] = [];
    const seen = new Set<number>();
    let worst = Infinity;
    for (const state of beam) {
      const off = unit.reduce((sum, price, at) => sum + price * Math.abs(state.room[at] as number), 0);
      for (let move = 0; move < count; move++) {
        const paid = state.cost + (cost[move] as number);
        if (paid >= bestCost) break;
        if (isUsed(state, server[move] as number)) continue;
        complete(state, move);
        const score = paid + urgency * offAfter(state.room, off, move);
        if (score >= worst) continue;
        const still = (state.missing - (change[move] as number)) | 0;
        if (seen.has(still)) continue;
        seen.add(still);
        next.push({ state, move, score, missing: still });
        if (next.length >= 4 * BEAM) worst = shorten(next);
      }
    }
    shorten(next);
    return next.map(({ state, move, score, missing: still }) => {
      const left = Float64Array.from(state.room);
      left[from[move] as number] = (left[from[move] as number] as number) + (freed[move] as number);
      left[to[move] as number] = (left[to[move] as number] as number) - (filled[move] as number);
      return { cost: state.cost + (cost[move] as number), missing: still, room: left, score, last: move, before: state };
    });
  }

  function offAfter(left: Float64Array, off: number, move: number): number {
    const a = from[move] as number;
    const b = to[move] as number;
    const roomA = left[a] as number;
    const roomB = left[b] as number;
    const less = freed[move] as number;
    const more = filled[move] as number;
    if (a === b) return off + (unit[a] as number) * (Math.abs(roomA + less - more) - Math.abs(roomA));
    return (
      off +
      (unit[a] as number) * (Math.abs(roomA + less) - Math.abs(roomA)) +
      (unit[b] as number) * (Math.abs(roomB - more) - Math.abs(roomB))
    );
  }

  /** Looks up what a state still needs after one more move. */
  function complete(state: State, move: number): void {
    const paid = state.cost + (move === NONE ? 0 : (cost[move] as number));
    const key = move === NONE ? state.missing : (state.missing - (change[move] as number)) | 0;
    const entry = table.find(key);
    if (entry === NONE) return;
    const total = paid + (table.cost[entry] as number);
    if (total >= bestCost) return;
    const all = [move, table.one[entry] as number, table.other[entry] as number];
    for (let at: State | null = state; at !== null; at = at.before) all.push(at.last);
    const made = all.filter((each) => each !== NONE);
    if (new Set(made.map((each) => server[each])).size < made.length) return;
    const taken = Int32Array.from(least);
    for (const each of made) if (moves[each]?.way !== NONE) taken[server[each] as number] = moves[each]?.way as number;
    if (!isWithin(packing, taken)) return;
    best = taken;
    bestCost = total;
  }

  function isUsed(state: State, wanted: number): boolean {
    for (let at: State | null = state; at !== null; at = at.before) {
      if (at.last !== NONE && server[at.last] === wanted) return true;
    }
    return false;
  }
}

/** Keeps the best. @returns the score from which on nothing is among them */
function shorten(next: { score: number }[]): number {
  next.sort((a, b) => a.score - b.score);
  if (next.length > BEAM) next.length = BEAM;
  return next.length < BEAM ? Infinity : (next[BEAM - 1] as { score: number }).score;
}
