import { fits, type Core } from './core.js';
import { NONE } from './moves.js';

/** Moves that a set of them is extended by, those of least cost. */
const MOVES = 400;
/** States that go on at each depth. */
const BEAM = 64;
const MOST_DEPTH = 16;
/** What a unit too many or too few weighs in who goes on, as a part of its price. */
const URGENCY = [0.05, 0.1, 0.3];

/** Some moves made together. */
interface State {
  readonly cost: number;
  /** What is missing for each resource to be used up, as one number, and by resource. */
  readonly missing: number;
  readonly room: Float64Array;
  readonly last: number;
  readonly before: State | null;
}

/** A state and one move more. */
interface Step {
  readonly state: State;
  readonly move: number;
  readonly score: number;
  readonly missing: number;
}

/**
 * The cheapest moves that can be found which bring the use of each resource of a core to its capacity. A beam of partial sets of moves,
 * cheap ones that leave little over and little missing, goes from depth to depth; what each still needs is looked up among all pairs.
 *
 * @param limit what costs as much is of no use
 * @param enough what costs less is as good as the least
 * @returns null where none are found
 */
export function assemble(core: Core, limit: number, enough = -Infinity): readonly number[] | null {
  const { unit, moves, pairs } = core;
  const { cost, change, server, from, freed, to, filled } = moves;
  const count = Math.min(cost.length, MOVES);
  let best: readonly number[] | null = null;
  let bestCost = limit;
  const isEnough = (): boolean => best !== null && bestCost <= enough;
  for (const urgency of URGENCY) {
    if (isEnough()) break;
    let beam: State[] = [{ cost: 0, missing: core.missing, room: core.room, last: NONE, before: null }];
    complete(beam[0] as State, NONE);
    for (let depth = 0; depth < MOST_DEPTH && beam.length > 0 && !isEnough(); depth++) beam = expand(beam, urgency);
  }
  return best;

  function expand(beam: readonly State[], urgency: number): State[] {
    const next: Step[] = [];
    const seen = new Set<number>();
    let worst = Infinity;
    for (const state of beam) {
      let off = 0;
      for (let at = 0; at < unit.length; at++) off += (unit[at] as number) * Math.abs(state.room[at] as number);
      for (let move = 0; move < count; move++) {
        const paid = state.cost + (cost[move] as number);
        if (paid >= bestCost) break;
        if (isUsed(state, server[move] as number)) continue;
        complete(state, move);
        const score = paid + urgency * (off + offBy(state.room, move));
        if (score >= worst) continue;
        const missing = (state.missing - (change[move] as number)) | 0;
        if (seen.has(missing)) continue;
        seen.add(missing);
        next.push({ state, move, score, missing });
        if (next.length >= 4 * BEAM) worst = shorten(next);
      }
    }
    shorten(next);
    return next.map(after);
  }

  function after({ state, move, missing }: Step): State {
    const room = Float64Array.from(state.room);
    room[from[move] as number] = (room[from[move] as number] as number) + (freed[move] as number);
    room[to[move] as number] = (room[to[move] as number] as number) - (filled[move] as number);
    return { cost: state.cost + (cost[move] as number), missing, room, last: move, before: state };
  }

  /** By how much a move takes all uses farther from the capacities, at their prices. */
  function offBy(room: Float64Array, move: number): number {
    const a = from[move] as number;
    const b = to[move] as number;
    const atA = room[a] as number;
    const atB = room[b] as number;
    const less = freed[move] as number;
    const more = filled[move] as number;
    if (a === b) return (unit[a] as number) * (Math.abs(atA + less - more) - Math.abs(atA));
    const offA = (unit[a] as number) * (Math.abs(atA + less) - Math.abs(atA));
    return offA + (unit[b] as number) * (Math.abs(atB - more) - Math.abs(atB));
  }

  /** Looks up what a state still needs after one more move. */
  function complete(state: State, move: number): void {
    const key = move === NONE ? state.missing : (state.missing - (change[move] as number)) | 0;
    const entry = pairs.find(key);
    if (entry === NONE) return;
    const total = state.cost + (move === NONE ? 0 : (cost[move] as number)) + (pairs.cost[entry] as number);
    if (total >= bestCost) return;
    const all = [move, pairs.one[entry] as number, pairs.other[entry] as number];
    for (let at: State | null = state; at !== null; at = at.before) all.push(at.last);
    const made = all.filter((each) => each !== NONE);
    if (!fits(core, made)) return;
    best = made;
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
function shorten(next: Step[]): number {
  next.sort((a, b) => a.score - b.score);
  if (next.length > BEAM) next.length = BEAM;
  return next.length < BEAM ? Infinity : (next[BEAM - 1] as Step).score;
}
