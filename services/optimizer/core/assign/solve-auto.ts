import { assemble } from './assemble.js';
import type { Assignment } from './assignment.js';
import { NO_CHOICE, type AssignmentProblem } from './assignment-problem.js';
import { branch } from './branch.js';
import { descend } from './descend.js';
import { exchange } from './exchange.js';
import { cardsLeft, isFeasible } from './objective.js';
import { costOfPacking, countingStage, isWithin, valueStage, withRoomToSkip, type Packing, type Skips } from './packing.js';
import { polish, settle } from './polish.js';
import { findPrices, type Prices } from './prices.js';
import { roundToPrices } from './round.js';

/** What the next solve of nearly the same problem can begin from. Never changes what is proven, may change which answer is found. */
export interface WarmStart {
  /** By server: a choice of the new problem, or `NO_CHOICE`. */
  readonly choice: Int32Array;
  /** By level, as in `Stage`, last of all the one of values. */
  readonly prices: readonly (Float64Array | null)[];
}

export interface AutoAssignment extends Assignment {
  readonly warm: WarmStart;
}

/** Up to so many servers branching goes for the proof. */
const FEW = 60;
const MOST_NODES = 4000;
/** Beyond the bound by this part of the total size of values: not worth a further look. */
const AS_GOOD = 2e-5;
/** So near to the bound what is assembled stands. */
const CLOSE = 1.5e-3;

/**
 * Near-exact assignment with a certificate. One stage for each level in which somebody might go without: as many as possible of it,
 * the counts of those above given; then one for the least value at these counts. Each stage finds dual prices and their bound, rounds
 * to them, lets single servers descend, and branches: through everything where the servers are few, else part by part.
 */
export function solveAuto(problem: AssignmentProblem, warm?: WarmStart): AutoAssignment {
  const levels = problem.serversAtLevel.length;
  const stages: Stage[] = [];
  const skips: Skips[] = [];
  const mostServed: number[] = [];
  let choice: Int32Array = new Int32Array(problem.levelOf.length).fill(NO_CHOICE);
  for (let level = 0; level < levels; level++) {
    const servers = problem.serversAtLevel[level] as number;
    if (warm !== undefined) resume(problem, choice, level, warm.choice);
    const packing = countingStage(problem, [...skips, { most: servers }]);
    const start = takenFrom(packing, problem, choice);
    const stage = solveStage(packing, Int32Array.from(start), COUNTING, warm?.prices[level]);
    takeOver(problem, packing, choice, start, stage.taken);
    skips.push({ most: costOfPacking(packing, stage.taken) });
    mostServed.push(servers - Math.max(0, Math.ceil(stage.bound - WHOLE)));
    stages.push(stage);
  }

  const packing = valueStage(problem, skips);
  const recount: Recount = (rounded) => {
    const again = serveAsMany(problem, stages, skips, choiceAfter(packing, rounded, choice));
    return again === null ? null : takenFrom(packing, problem, again);
  };
  const stage = solveStage(packing, takenFrom(packing, problem, choice), VALUE, warm?.prices[levels], recount);
  stages.push(stage);
  choice = choiceAfter(packing, stage.taken, choice);
  fill(problem, choice);
  const cardPrices = stage.prices?.unit.slice(0, problem.capacity.length) ?? new Float64Array(problem.capacity.length);
  return {
    choice,
    certificate: { mostServed, leastValue: stage.bound, cardPrices },
    warm: { choice, prices: stages.map(({ prices }) => prices?.unit ?? null) },
  };
}

interface Effort {
  /** Parts tried. */
  readonly parts: number;
  /** Parts tried in a row without gain. */
  readonly fruitless: number;
}
const COUNTING: Effort = { parts: 1000, fruitless: 200 };
const VALUE: Effort = { parts: 600, fruitless: 150 };
/** A whole number is one also with so much of a rounding error. */
const WHOLE = 1e-6;

interface Stage {
  readonly packing: Packing;
  readonly taken: Int32Array;
  readonly bound: number;
  /** Null: nothing is scarce. */
  readonly prices: Prices | null;
}

/** From a packing that skips too many to one that does not, where that comes out. */
type Recount = (skipping: Int32Array) => Int32Array | null;

/**
 * The least cost that can be found from a packing that is known.
 */
function solveStage(
  packing: Packing,
  start: Int32Array,
  effort: Effort,
  warm: Float64Array | null | undefined,
  recount: Recount = () => null,
): Stage {
  descend(packing, start);
  const atMost = costOfPacking(packing, start);
  if (atMost <= freeCost(packing)) return { packing, taken: start, bound: atMost, prices: null };

  const prices = findPrices(packing, warm ?? undefined);
  const isSmall = start.length <= FEW;
  const assembled = isSmall || packing.isWhole ? null : assemble(packing, prices.unit);
  if (assembled !== null) {
    exchange(packing, assembled, prices.unit);
    descend(packing, assembled);
    const cost = costOfPacking(packing, assembled);
    if (cost < atMost && cost - prices.bound <= CLOSE * sizeOfCosts(packing, assembled))
      return { packing, taken: assembled, bound: Math.min(prices.bound, cost), prices };
  }
  const known = [start, movedToPrices(packing, prices, start), rounded(packing, prices, recount)];
  const costs = known.map((taken) => (taken === null ? Infinity : costOfPacking(packing, taken)));
  const taken = known[costs.indexOf(Math.min(...costs))] as Int32Array;
  if (isSmall) {
    const found = branch(packing, prices.unit, taken, MOST_NODES);
    const best = found.taken ?? taken;
    descend(packing, best);
    return { packing, taken: best, bound: Math.max(found.bound, prices.bound), prices };
  }
  const enough = packing.isWhole ? Math.ceil(prices.bound - WHOLE) : prices.bound + AS_GOOD * sizeOfCosts(packing, taken);
  polish(packing, taken, prices.unit, { ...effort, enough });
  if (!packing.isWhole) exchange(packing, taken, prices.unit);
  descend(packing, taken);
  const best = assembled !== null && costOfPacking(packing, assembled) < costOfPacking(packing, taken) ? assembled : taken;
  return { packing, taken: best, bound: Math.min(prices.bound, costOfPacking(packing, best)), prices };
}

/** A known packing, each server moved towards the prices as far as there is room. */
function movedToPrices(packing: Packing, { unit }: Prices, start: Int32Array): Int32Array {
  const moved = Int32Array.from(start);
  descend(packing, moved, unit);
  descend(packing, moved);
  return moved;
}

/** Rounded to prices as if any number could be skipped where some can, and then brought back to the counts. */
function rounded(packing: Packing, { unit }: Prices, recount: Recount): Int32Array | null {
  const roomy = withRoomToSkip(packing);
  const taken = roundToPrices(roomy, unit);
  if (!settle(roomy, taken, unit)) return null;
  const counted = isWithin(packing, taken) ? taken : recount(taken);
  if (counted !== null) descend(packing, counted);
  return counted;
}

/**
 * Brings an assignment by values up to the counts of the counting stages, with as few changes as it takes.
 * @returns null where that does not come out
 */
function serveAsMany(
  problem: AssignmentProblem,
  stages: readonly Stage[],
  skips: readonly Skips[],
  byValue: Int32Array,
): Int32Array | null {
  const choice = Int32Array.from(byValue);
  for (const [level, { packing, prices }] of stages.entries()) {
    const taken = takenFrom(packing, problem, choice);
    const { most } = skips[level] as Skips;
    if (!isWithin(packing, taken)) return null;
    const before = Int32Array.from(taken);
    if (costOfPacking(packing, taken) > most && prices !== null)
      polish(packing, taken, prices.unit, { ...COUNTING, enough: most });
    if (costOfPacking(packing, taken) > most) return null;
    takeOver(problem, packing, choice, before, taken);
  }
  return isFeasible(problem, choice) ? choice : null;
}

/**
 * Who has moved in a counting stage moves; of the others, who counted there with fewer cards than they have take no more than that,
 * for as long as their type is overfull.
 */
function takeOver(
  problem: AssignmentProblem,
  { serverOf, choiceOf }: Packing,
  choice: Int32Array,
  before: Int32Array,
  taken: Int32Array,
): void {
  const counted = (index: number): number => choiceOf[taken[index] as number] as number;
  taken.forEach((way, index) => {
    if (way !== before[index]) choice[serverOf[index] as number] = counted(index);
  });
  const left = cardsLeft(problem, choice);
  taken.forEach((_way, index) => {
    const server = serverOf[index] as number;
    const now = choice[server] as number;
    const type = now === NO_CHOICE ? -1 : (problem.typeOf[now] as number);
    if (type < 0 || (left[type] as number) >= 0) return;
    choice[server] = counted(index);
    left[type] = (left[type] as number) + (problem.cardsOf[now] as number) - (problem.cardsOf[counted(index)] as number);
  });
}

/** What everybody's least cost comes to, as if nothing were scarce. */
function freeCost({ first, cost }: Packing): number {
  let sum = 0;
  for (let server = 0; server + 1 < first.length; server++) {
    let least = Infinity;
    for (let way = first[server] as number; way < (first[server + 1] as number); way++)
      least = Math.min(least, cost[way] as number);
    sum += least;
  }
  return sum;
}

function sizeOfCosts({ cost }: Packing, taken: Int32Array): number {
  let sum = 0;
  for (const way of taken) sum += Math.abs(cost[way] as number);
  return sum;
}

/**
 * Ends with nobody who has room for a better choice, or without one has room for any. Those who go without come first, by level: one
 * more of them is more than was counted on, and what is proven stays true.
 */
function fill(problem: AssignmentProblem, choice: Int32Array): void {
  const { levelOf } = problem;
  const left = cardsLeft(problem, choice);
  const byLevel = [...choice.keys()].sort((a, b) => (levelOf[a] as number) - (levelOf[b] as number) || a - b);
  const moveAll = (servers: readonly number[]): boolean =>
    servers.map((server) => moveUp(problem, choice, left, server)).includes(true);
  for (let hasMoved = true; hasMoved;) {
    const without = byLevel.filter((server) => choice[server] === NO_CHOICE);
    hasMoved = moveAll(without) || moveAll(byLevel);
  }
}

/** To the first choice before its own that has room. @returns whether there is one */
function moveUp(
  { firstChoice, typeOf, cardsOf }: AssignmentProblem,
  choice: Int32Array,
  left: Float64Array,
  server: number,
): boolean {
  const now = choice[server] as number;
  const isWithout = now === NO_CHOICE;
  const own = isWithout ? -1 : (typeOf[now] as number);
  const held = isWithout ? 0 : (cardsOf[now] as number);
  const end = isWithout ? (firstChoice[server + 1] as number) : now;
  for (let better = firstChoice[server] as number; better < end; better++) {
    const type = typeOf[better] as number;
    if ((cardsOf[better] as number) > (left[type] as number) + (type === own ? held : 0)) continue;
    if (!isWithout) left[own] = (left[own] as number) + held;
    left[type] = (left[type] as number) - (cardsOf[better] as number);
    choice[server] = better;
    return true;
  }
  return false;
}

/** Adds the given choices of a level for as long as there are cards. */
function resume(problem: AssignmentProblem, choice: Int32Array, level: number, given: Int32Array): void {
  const left = cardsLeft(problem, choice);
  for (let server = 0; server < choice.length; server++) {
    const wanted = given[server] as number;
    if (problem.levelOf[server] !== level || wanted === NO_CHOICE) continue;
    const type = problem.typeOf[wanted] as number;
    const cards = problem.cardsOf[wanted] as number;
    if (cards > (left[type] as number)) continue;
    left[type] = (left[type] as number) - cards;
    choice[server] = wanted;
  }
}

/** The ways of a packing that stand for given choices: one on the same type that takes no more cards; or to be skipped. */
function takenFrom({ first, serverOf, resource, use }: Packing, problem: AssignmentProblem, choice: Int32Array): Int32Array {
  const taken = new Int32Array(serverOf.length);
  serverOf.forEach((server, index) => {
    const given = choice[server] as number;
    const type = given === NO_CHOICE ? -1 : (problem.typeOf[given] as number);
    const cards = given === NO_CHOICE ? 0 : (problem.cardsOf[given] as number);
    let way = first[index] as number;
    const end = (first[index + 1] as number) - 1;
    while (way < end && !(given !== NO_CHOICE && resource[way] === type && (use[way] as number) <= cards)) way++;
    taken[index] = way;
  });
  return taken;
}

function choiceAfter(packing: Packing, taken: Int32Array, before: Int32Array): Int32Array {
  const after = Int32Array.from(before);
  packing.serverOf.forEach((server, index) => {
    const way = taken[index] as number;
    after[server] = packing.choiceOf[way] as number;
  });
  return after;
}
