import type { ExplainDetail } from '#shared/contracts/optimizer.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { assignmentProblem } from './assign/assignment-problem.js';
import { conclude, type Decision, type Solved } from './conclude.js';
import type { OptimizerOptions } from './options.js';
import { prepare, type Preparation } from './prepare.js';
import { toSolution } from './solve/from-assignment.js';
import { solveFromMemory } from './solve/solve-from-memory.js';
import type { SolveMemory } from './solve/solve-memory.js';
import { solveGreedy } from './solve/solve-greedy.js';
import { solveUnlimited } from './solve/solve-unlimited.js';

/**
 * Sizes every server on every accelerator and picks one allocation each under the cards there are. A server for which nothing can be
 * decided is absent from `allocations` and keeps what it has. The same items in any order give the same answer, key for key.
 */
export function optimize(system: SystemSpec, options: OptimizerOptions, detail: ExplainDetail = 'all'): Decision {
  const preparation = prepare(system, options);
  return conclude(preparation, solve(preparation), detail);
}

/**
 * With a solver that answers at once: HiGHS does not, and `auto` takes its place.
 * @param memory of the solve before, and for the one after
 */
export function solve({ contenders, ledger, solver, system }: Preparation, memory?: SolveMemory): Solved {
  const { name, warnings } = solver;
  const { optimizer } = system.optimizerData;
  if (name === 'unlimited') return { name, solution: solveUnlimited(contenders, ledger), warnings };
  if (name === 'greedy') return { name, solution: solveGreedy(contenders, ledger, optimizer), warnings };
  const task = assignmentProblem(contenders, ledger);
  const solution = toSolution(task, solveFromMemory(task, memory), ledger, optimizer.saturationPolicy);
  const instead = name === 'milp' ? ['solver "milp" is not available here: auto was used'] : [];
  return { name: 'auto', solution, warnings: [...instead, ...warnings] };
}
