import type { Assignment } from './assignment.js';
import { NO_CHOICE, type AssignmentProblem } from './assignment-problem.js';
import { fill } from './fill.js';
import { isFeasible } from './objective.js';
import { costOfPacking, countingStage, isWithin, valueStage, type Skips } from './packing.js';
import { polish } from './polish.js';
import { findPrices } from './prices.js';
import type { CountPrices } from './near-bound.js';
import { COUNTING, FEW, nearBound, solvePacking, WHOLE, type Recount, type SolvedPacking } from './solve-packing.js';
import { spreadOut } from './spread.js';
import { choiceAfter, resume, takenFrom, takeOver } from './taken.js';

/**
 * What the next solve of nearly the same problem can begin from. Bounds are true whatever it says. Which of several answers
 * near the bound is found may depend on it; the same problem with the same start has the same answer.
 */
export interface WarmStart {
  /** By server: a choice of the new problem, or `NO_CHOICE`. */
  readonly choice: Int32Array;
  /** Of cards and of being skipped, by level as it was counted, last of all those of the values. Null: nothing was scarce. */
  readonly prices: readonly (Float64Array | null)[];
}

export interface AutoAssignment extends Assignment {
  readonly warm: WarmStart;
}

/** Who gets a choice, level by level. */
interface Counts {
  /** Null: all who can be served are. */
  readonly stages: (SolvedPacking | null)[];
  readonly skips: Skips[];
  readonly mostServed: number[];
  choice: Int32Array;
}

/**
 * Near-exact assignment with a certificate. One stage for each level in which somebody might go without: as many as possible of it,
 * the counts of those above given; then one for the least value at these counts. Of the last level, as many as its bound allows are
 * taken for granted if a value close to its bound is then found: that is an assignment with this count, and no time was spent on one
 * that only counts.
 */
export function solveAuto(problem: AssignmentProblem, warm?: WarmStart): AutoAssignment {
  const servers = problem.levelOf.length;
  const levels = problem.serversAtLevel.length;
  const counts: Counts = { stages: [], skips: [], mostServed: [], choice: new Int32Array(servers).fill(NO_CHOICE) };
  let value: SolvedPacking | null = null;
  for (let level = 0; level < levels; level++) {
    if (servers > FEW && serveAll(problem, counts, level)) continue;
    if (servers > FEW && level === levels - 1) value = serveUpToBound(problem, counts, warm);
    if (value === null) serveMost(problem, counts, level, warm);
  }
  value ??= leastValue(problem, counts, warm);
  const choice = choiceAfter(value.packing, value.taken, counts.choice);
  fill(problem, choice);
  return {
    choice,
    certificate: {
      mostServed: counts.mostServed,
      leastValue: value.bound,
      cardPrices: value.prices?.unit.slice(0, problem.capacity.length) ?? new Float64Array(problem.capacity.length),
    },
    warm: { choice, prices: [...counts.stages, value].map((stage) => stage?.prices?.unit ?? null) },
  };
}

/** Where nothing is scarce yet, everybody of a level. @returns whether that is so */
function serveAll(problem: AssignmentProblem, counts: Counts, level: number): boolean {
  const choice = spreadOut(problem, level);
  if (choice === null) return false;
  const isWithout = (chosen: number, server: number): boolean => chosen === NO_CHOICE && problem.levelOf[server] === level;
  const without = choice.filter(isWithout).length;
  counts.choice = choice;
  counts.stages.push(null);
  counts.skips.push({ most: without });
  counts.mostServed.push((problem.serversAtLevel[level] as number) - without);
  return true;
}

/** As many of a level as can be found. */
function serveMost(
  problem: AssignmentProblem,
  { stages, skips, mostServed, choice }: Counts,
  level: number,
  warm?: WarmStart,
): void {
  const servers = problem.serversAtLevel[level] as number;
  if (warm !== undefined) resume(problem, choice, level, warm.choice);
  const packing = countingStage(problem, [...skips, { most: servers }]);
  const start = takenFrom(packing, problem, choice);
  const stage = solvePacking(packing, Int32Array.from(start), { known: stages[level]?.prices?.unit ?? warm?.prices[level] });
  takeOver(problem, packing, choice, start, stage.taken);
  skips.push({ most: costOfPacking(packing, stage.taken) });
  mostServed.push(servers - Math.max(0, Math.ceil(stage.bound - WHOLE)));
  stages.push(stage);
}

/** As many of the last level as its bound allows, at a value close to the bound of that. @returns null where that does not come out */
function serveUpToBound(problem: AssignmentProblem, counts: Counts, warm?: WarmStart): SolvedPacking | null {
  const { stages, skips, mostServed } = counts;
  const level = skips.length;
  const servers = problem.serversAtLevel[level] as number;
  const packing = countingStage(problem, [...skips, { most: servers }]);
  const prices = findPrices(packing, warm?.prices[level] ?? undefined);
  const most = Math.max(0, Math.ceil(prices.bound - WHOLE));
  const stage = { packing, taken: takenFrom(packing, problem, counts.choice), bound: prices.bound, prices };
  const value = valueStage(problem, [...skips, { most }]);
  const found = nearBound(value, findPrices(value, warm?.prices[level + 1] ?? undefined), countPrices([...stages, stage]));
  if (found === null) return null;
  stages.push(stage);
  skips.push({ most });
  mostServed.push(servers - most);
  return found;
}

/** The least value that can be found with the counts as they are. */
function leastValue(problem: AssignmentProblem, { stages, skips, choice }: Counts, warm?: WarmStart): SolvedPacking {
  const packing = valueStage(problem, skips);
  const recount: Recount = (rounded) => {
    const again = serveAsMany(problem, stages, skips, choiceAfter(packing, rounded, choice));
    return again === null ? null : takenFrom(packing, problem, again);
  };
  const known = warm?.prices[skips.length];
  return solvePacking(packing, takenFrom(packing, problem, choice), { known, counting: countPrices(stages), recount });
}

/** Of the last level in which somebody goes without. */
function countPrices(stages: readonly (SolvedPacking | null)[]): CountPrices | null {
  for (const [level, stage] of [...stages.entries()].reverse()) {
    const unit = stage?.prices?.unit;
    if (stage !== null && unit !== undefined) return { unit, skip: stage.packing.types + level };
  }
  return null;
}

/**
 * Brings an assignment by values up to the counts of the counting stages, with as few changes as it takes.
 * @returns null where that does not come out
 */
function serveAsMany(
  problem: AssignmentProblem,
  stages: readonly (SolvedPacking | null)[],
  skips: readonly Skips[],
  byValue: Int32Array,
): Int32Array | null {
  const choice = Int32Array.from(byValue);
  for (const [level, stage] of stages.entries()) {
    if (stage === null) continue;
    const { packing, prices } = stage;
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
