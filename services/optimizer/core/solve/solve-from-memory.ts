import type { Assignment } from '../assign/assignment.js';
import { NO_CHOICE } from '../assign/assignment-problem.js';
import { compareObjectives, objectiveOf } from '../assign/objective.js';
import { solveAuto, type AutoAssignment } from '../assign/solve-auto.js';
import { costOf, type Candidate } from '../candidates/candidate.js';
import type { Distance, SolveMemory, Task } from './solve-memory.js';

/** As far as this from what is proven, relative to the cost, an answer is good whatever the one before was. */
const GOOD_GAP = 1e-3;

/**
 * `auto` from where the solve before came to. That may lead astray: an answer that is further from what is proven than the one before
 * is solved from nothing as well, and the better one is taken.
 */
export function solveFromMemory(task: Task, memory: SolveMemory | undefined, solve = solveAuto): AutoAssignment {
  const known = memory?.recall(task);
  const first = solve(task.problem, known?.warm);
  const isGood = known === undefined || isAsNear(distanceOf(task, first), known.distance);
  const assignment = isGood ? first : betterOf(task, first, solve(task.problem));
  memory?.keep(task, assignment.warm, distanceOf(task, assignment));
  return assignment;
}

function isAsNear({ missing, gap }: Distance, before: Distance): boolean {
  return missing <= before.missing && gap <= Math.max(before.gap, GOOD_GAP);
}

/** Where both serve as many, what is proven of either holds for the other. */
function betterOf({ problem }: Task, a: AutoAssignment, b: AutoAssignment): AutoAssignment {
  const [ofA, ofB] = [objectiveOf(problem, a.choice), objectiveOf(problem, b.choice)];
  const better = compareObjectives(ofA, ofB) < 0 ? a : b;
  if (ofA.served.some((count, level) => count !== ofB.served[level])) return better;
  const leastValue = Math.max(a.certificate.leastValue, b.certificate.leastValue);
  return { ...better, certificate: { ...better.certificate, leastValue } };
}

/** How far an assignment is from what is proven of it. */
export function distanceOf({ problem, index }: Task, { choice, certificate }: Assignment): Distance {
  const { served, value } = objectiveOf(problem, choice);
  const missing = certificate.mostServed.reduce((sum, most, level) => sum + most - (served[level] as number), 0);
  let cost = 0;
  for (const way of choice) {
    if (way === NO_CHOICE) continue;
    const candidate = index.candidates[way] as Candidate;
    cost += costOf(candidate, candidate.numReplicas);
  }
  const beyond = value - certificate.leastValue;
  return { missing, gap: beyond > 0 ? beyond / cost : 0 };
}
