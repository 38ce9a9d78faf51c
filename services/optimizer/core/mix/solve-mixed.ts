import type { Assignment } from '../assign/assignment.js';
import { compareObjectives, type Objective } from '../assign/objective.js';
import type { MilpSolver } from '../assign/milp/milp-solver.js';
import type { ExactLimits } from '../assign/milp/solve-stage.js';
import type { Stage } from '../assign/milp/stage.js';
import { mixedModel, type MixedChoice } from './mixed-model.js';
import { mixedObjective, withoutMixtures, type MixedAssignment, type MixedProblem } from './mixture.js';

/** What a better answer is better by at least: servers, of which there are no parts, and cents/hr. */
const COUNT_STEP = 0.999;
const VALUE_STEP = 1e-6;

interface Known {
  readonly chosen: MixedChoice;
  readonly objective: Objective;
}

/**
 * The objective with mixtures, exactly: the same stages as without, each as one programme. When time runs out the best so far comes
 * back, with the bounds that stand by then.
 *
 * @param start a good assignment without mixtures; what is proven of it says nothing about mixtures
 * @throws Error when the start is not feasible
 */
export function solveMixed(mixed: MixedProblem, start: Assignment, solver: MilpSolver, limits: ExactLimits): MixedAssignment {
  const judge = (chosen: MixedChoice): Known | null => {
    const objective = mixedObjective(mixed, chosen);
    return objective === null ? null : { chosen, objective };
  };
  const first = judge(withoutMixtures(start, mixed));
  if (first === null) throw new Error('the start takes more cards than there are');
  let known = first;

  /** @returns the bound of its cost */
  const solveStage = (stage: Stage): number => {
    const isCount = stage.goal === 'served';
    const timeMs = isCount ? limits.remainingMs() / 2 : limits.remainingMs();
    if (timeMs <= 0) return -Infinity;
    const { model, start: startOf, read } = mixedModel(mixed, stage);
    const { values, bound } = solver.minimise(model, startOf(known.chosen), {
      timeMs,
      relativeGap: isCount ? 0 : limits.relativeGap,
      absoluteGap: isCount ? COUNT_STEP : VALUE_STEP,
    });
    // Rounded values are judged like anybody's. Levels that the stage leaves out cannot make it look better than it is.
    const found = values === null ? null : judge(read(values));
    if (found !== null && compareObjectives(found.objective, known.objective) < 0) known = found;
    return bound;
  };

  const counts: number[] = [];
  const mostServed: number[] = [];
  for (const [level, servers] of mixed.problem.serversAtLevel.entries()) {
    const bound = known.objective.served[level] === servers ? -servers : solveStage({ goal: 'served', counts });
    const served = known.objective.served[level] as number;
    counts.push(served);
    mostServed.push(Math.max(served, Math.min(servers, Math.floor(VALUE_STEP - bound))));
  }
  const leastValue = solveStage({ goal: 'value', counts });
  return {
    ...known.chosen,
    certificate: { mostServed, leastValue: Math.min(known.objective.value, leastValue), cardPrices: null },
  };
}
