import type { AssignmentProblem } from '../assignment-problem.js';
import { isFeasible, objectiveOf } from '../objective.js';
import { coreModel, type CoreModel, type StageProblem } from './core-model.js';
import type { MilpModel, MilpSolver } from './milp-solver.js';
import { relax, type Relaxation } from './relaxation.js';
import { assignmentOf, choicesOfStage, costOfEntries, entriesOf, type Stage } from './stage.js';

export interface ExactLimits {
  /** Of the value: how far from its bound is good enough, relative to it. */
  readonly relativeGap: number;
  readonly remainingMs: () => number;
}

export interface StageAnswer {
  /** By server, its choice; no worse than the known one. */
  readonly assignment: Int32Array;
  /** No assignment that meets the stage's counts costs less. */
  readonly bound: number;
  /** Of the cards, by type, where the bound of the relaxation comes from. */
  readonly prices: Float64Array;
}

/**
 * Ways in a core besides those that everybody would take at the cards' prices. A small core finds good assignments quickly; where it does
 * not prove them the last one has all that a better assignment could use.
 */
const CORES = [1_024, Infinity];
/** With more open ways than these, prices are worth the time of the linear programme. */
const MANY_WAYS = 2_000;
/** What a better answer is better by at least: cents/hr, no finer than the solver sees; and servers, of which there are no parts. */
const VALUE_STEP = 1e-6;
const COUNT_STEP = 0.999;

/**
 * One stage, exactly: cards get prices, and the few ways that are nearly as good as the best at those prices make a core, which goes
 * to the solver. What was left out is dearer than a known bound; where that does not suffice the next core is larger.
 *
 * @param known meets the stage's counts
 * @param prices of the cards by type, 0 or more; null: none are known, and the linear programme is asked for them
 */
export function solveStage(
  problem: AssignmentProblem,
  stage: Stage,
  known: Int32Array,
  prices: Float64Array | null,
  solver: MilpSolver,
  { relativeGap, remainingMs }: ExactLimits,
): StageAnswer {
  const stageProblem: StageProblem = { problem, stage, choices: choicesOfStage(problem, stage) };
  const { choices } = stageProblem;
  const timeMs = (): number => (stage.goal === 'served' ? remainingMs() / 2 : remainingMs());
  const step = stage.goal === 'served' ? COUNT_STEP : VALUE_STEP;
  let entries = entriesOf(problem, choices, known);
  let cost = costOfEntries(choices, entries);
  let relaxed = relaxAt(stageProblem, prices ?? new Float64Array(problem.capacity.length));
  let { bound } = relaxed.relaxation;
  const isProven = (): boolean => cost - bound <= Math.max(step, relativeGap * Math.abs(cost));
  /** Whatever exceeds its server's best by more is in no assignment worth having. */
  const reach = (): number => cost - step - relaxed.relaxation.bound;

  if (prices === null && !isProven() && remainingMs() > 0) {
    const core = coreModel(stageProblem, relaxed.relaxation, entries, reach());
    const duals = core.model.cost.length > MANY_WAYS ? solver.rowDuals(continuous(core.model), timeMs() / 2) : null;
    const better = duals === null ? relaxed : relaxAt(stageProblem, pricesOf(core, duals));
    if (better.relaxation.bound > bound) relaxed = better;
    ({ bound } = relaxed.relaxation);
  }
  const { relaxation } = relaxed;
  for (const size of CORES) {
    if (isProven() || remainingMs() <= 0) break;
    const limit = Math.min(reach(), sortedExcesses(relaxation, reach())[size] ?? Infinity);
    const core = coreModel(stageProblem, relaxation, entries, limit);
    const isLast = core.isComplete || limit >= reach();
    const outcome = solver.minimise(core.model, core.start, {
      timeMs: timeMs(),
      relativeGap: 0,
      absoluteGap: Math.max(step, relativeGap * Math.abs(cost)),
    });
    const found = outcome.values === null ? null : core.read(outcome.values);
    if (found !== null && meets(problem, stage, assignmentOf(choices, found)) && costOfEntries(choices, found) < cost) {
      entries = found;
      cost = costOfEntries(choices, found);
    }
    const leftOut = core.isComplete ? Infinity : relaxation.bound + limit;
    bound = Math.max(bound, Math.min(core.baseCost + outcome.bound, leftOut));
    if (isLast) break;
  }
  return { assignment: assignmentOf(choices, entries), bound, prices: relaxed.prices };
}

function relaxAt(
  { problem, stage, choices }: StageProblem,
  prices: Float64Array,
): { prices: Float64Array; relaxation: Relaxation } {
  return { prices, relaxation: relax(problem, stage, choices, prices) };
}

/** Rounded values are judged like anybody's. */
function meets(problem: AssignmentProblem, { counts }: Stage, assignment: Int32Array): boolean {
  const { served } = objectiveOf(problem, assignment);
  return counts.every((count, level) => served[level] === count) && isFeasible(problem, assignment);
}

/** Those above 0 and up to `limit`: as many ways has a core of that limit to choose from. */
function sortedExcesses({ excess, excessOfNone }: Relaxation, limit: number): Float64Array {
  const within = (value: number): boolean => value > 0 && value <= limit && value < Infinity;
  return Float64Array.from([...excess.filter(within), ...excessOfNone.filter(within)]).sort();
}

function continuous(model: MilpModel): MilpModel {
  // Rows keep every column at 1 or below; a bound of its own would only hide part of the price.
  return { ...model, isWhole: new Int32Array(model.cost.length), upper: new Float64Array(model.cost.length).fill(Infinity) };
}

/** A row that holds from above has a dual of 0 or less: what one unit more of it would save. */
function pricesOf({ rowOfType, unitOfType }: CoreModel, duals: Float64Array): Float64Array {
  return Float64Array.from(rowOfType, (row, type) =>
    row < 0 ? 0 : Math.max(0, -(duals[row] as number)) / (unitOfType[type] as number),
  );
}
