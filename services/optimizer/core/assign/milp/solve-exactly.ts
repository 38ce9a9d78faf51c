import type { Assignment } from '../assignment.js';
import { NO_CHOICE, type AssignmentProblem } from '../assignment-problem.js';
import { cardsLeft, objectiveOf } from '../objective.js';
import type { MilpSolver } from './milp-solver.js';
import { solveStage, type ExactLimits } from './solve-stage.js';

export interface ExactStart extends Assignment {
  /** By level: prices of the cards, by type, that bound its count. Null: none are known. */
  readonly countPrices?: readonly (Float64Array | null)[];
}

/** A bound that is a whole number but for the solver's last digits. */
const ROUNDING = 1e-6;

/**
 * Proves an assignment, or finds a better one: level by level as many servers as can be, each with the counts above it kept, and
 * then the least value with all counts kept. What the start already proves is not asked again. When time runs out the best so far
 * comes back, with the bounds that stand by then.
 *
 * @param start feasible, its certificate valid; the closer, the quicker
 */
export function solveExactly(problem: AssignmentProblem, start: ExactStart, solver: MilpSolver, limits: ExactLimits): Assignment {
  const counts: number[] = [];
  const mostServed: number[] = [];
  let choice = start.choice;
  let isStart = true;
  for (const [level, servers] of problem.serversAtLevel.entries()) {
    let served = objectiveOf(problem, choice).served[level] as number;
    // The start's bounds are about its own counts.
    let most = isStart ? Math.min(servers, start.certificate.mostServed[level] as number) : servers;
    if (served < most) {
      const prices = isStart ? (start.countPrices?.[level] ?? null) : null;
      const answer = solveStage(problem, { goal: 'served', counts }, choice, prices, solver, limits);
      most = Math.min(most, Math.floor(ROUNDING - answer.bound));
      const better = objectiveOf(problem, answer.assignment).served[level] as number;
      if (better > served) {
        served = better;
        choice = withLowerLevels(problem, answer.assignment, level);
        isStart = false;
      }
    }
    counts.push(served);
    mostServed.push(Math.max(served, most));
  }

  // Prices at other counts are far from those at these.
  const prices = isStart ? start.certificate.cardPrices : null;
  const answer = solveStage(problem, { goal: 'value', counts }, choice, prices, solver, limits);
  const { value } = objectiveOf(problem, answer.assignment);
  const known = isStart ? start.certificate.leastValue : -Infinity;
  const leastValue = Math.min(value, Math.max(known, answer.bound));
  return { choice: answer.assignment, certificate: { mostServed, leastValue, cardPrices: answer.prices } };
}

/** Gives what is left to the levels below, whoever comes first: something to begin their stages with. */
function withLowerLevels(problem: AssignmentProblem, assignment: Int32Array, above: number): Int32Array {
  const { levelOf, firstChoice, typeOf, cardsOf, serversAtLevel } = problem;
  const filled = Int32Array.from(assignment);
  const left = cardsLeft(problem, assignment);
  const fits = (choice: number): boolean => (cardsOf[choice] as number) <= (left[typeOf[choice] as number] as number);
  for (let level = above + 1; level < serversAtLevel.length; level++) {
    filled.forEach((_, server) => {
      if (levelOf[server] !== level) return;
      for (let choice = firstChoice[server] as number; choice < (firstChoice[server + 1] as number); choice++) {
        if (filled[server] !== NO_CHOICE || !fits(choice)) continue;
        filled[server] = choice;
        left[typeOf[choice] as number] = (left[typeOf[choice] as number] as number) - (cardsOf[choice] as number);
      }
    });
  }
  return filled;
}
