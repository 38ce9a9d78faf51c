import type { AssignmentProblem } from '../assignment-problem.js';
import type { Stage, StageChoices } from './stage.js';

/**
 * A stage without its capacities: cards have a price instead, and everybody takes what is cheapest then. For any prices λ ≥ 0 no
 * assignment that meets the stage's counts costs less than
 *
 *   bound = Σ over the servers of min(cost + λ·cards) − λ·capacity,
 *
 * where a level with a count lets the cheapest so many take part. A choice dearer than its server's best by some excess lifts every
 * assignment that uses it by as much: with a known assignment, what lifts the bound above it can be left out, and nothing is lost.
 */
export interface Relaxation {
  readonly bound: number;
  /** By entry of the stage's choices, 0 or more. */
  readonly excess: Float64Array;
  /** By server, of getting nothing; Infinity where all of its level are served. */
  readonly excessOfNone: Float64Array;
}

/** @param prices by type, 0 or more */
export function relax(problem: AssignmentProblem, stage: Stage, choices: StageChoices, prices: Float64Array): Relaxation {
  const { levelOf, serversAtLevel, typeOf, cardsOf, capacity } = problem;
  const { first, choice, cost } = choices;
  const excess = new Float64Array(choice.length);
  const best = new Float64Array(levelOf.length).fill(Infinity);
  levelOf.forEach((_, server) => {
    for (let at = first[server] as number; at < (first[server + 1] as number); at++) {
      const own = choice[at] as number;
      const priced = (cost[at] as number) + (prices[typeOf[own] as number] as number) * (cardsOf[own] as number);
      excess[at] = priced;
      if (priced < (best[server] as number)) best[server] = priced;
    }
  });

  const noneAt = Array.from(serversAtLevel, (_, level) => priceOfNone(problem, stage, best, level));
  const excessOfNone = new Float64Array(levelOf.length);
  const sum = createSum();
  levelOf.forEach((level, server) => {
    const none = noneAt[level] as number;
    const base = Math.min(best[server] as number, none);
    if (none < Infinity) excessOfNone[server] = none - base;
    else excessOfNone[server] = Infinity;
    for (let at = first[server] as number; at < (first[server + 1] as number); at++) excess[at] = (excess[at] as number) - base;
    if (level <= stage.counts.length && stage.counts[level] !== 0) sum.add(base);
  });
  // Each of those who get nothing was charged for it above.
  stage.counts.forEach((count, level) => {
    const none = noneAt[level] as number;
    const left = (serversAtLevel[level] as number) - count;
    if (count > 0 && left > 0) sum.add(-none * left);
  });
  capacity.forEach((cards, type) => sum.add(-(prices[type] as number) * cards));
  return { bound: sum.atLeast(), excess, excessOfNone };
}

/**
 * What it costs to get nothing: whatever makes just as many of a level take part as its count says. Free at the level that is asked
 * for, and where nobody takes part; out of the question where all do.
 */
function priceOfNone(
  { levelOf, serversAtLevel }: AssignmentProblem,
  { counts }: Stage,
  best: Float64Array,
  level: number,
): number {
  const count = counts[level];
  if (count === undefined || count === 0) return 0;
  if (count === serversAtLevel[level]) return Infinity;
  const sorted = best.filter((_, server) => levelOf[server] === level).sort();
  const last = sorted[count - 1] as number;
  const next = sorted[count] as number;
  return next < Infinity ? (last + next) / 2 : last;
}

/** A sum of doubles, and what it is at least: n additions are off by at most n·2⁻⁵³ of the sum of the sizes. */
function createSum(): { add: (term: number) => void; atLeast: () => number } {
  let sum = 0;
  let size = 0;
  let terms = 0;
  return {
    add: (term) => {
      sum += term;
      size += Math.abs(term);
      terms++;
    },
    atLeast: () => sum - (terms + 4) * Number.EPSILON * size,
  };
}
