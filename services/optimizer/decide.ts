import type { ExplainDetail } from '#shared/contracts/optimizer.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { errorText } from '#shared/observe/logger.js';
import { assignmentProblem } from './core/assign/assignment-problem.js';
import { conclude, type Decision, type Solved } from './core/conclude.js';
import { solve } from './core/optimize.js';
import { mixGrants } from './core/mix/mix-grants.js';
import { prepareMixtures } from './core/mix/prepare-mixtures.js';
import type { OptimizerOptions } from './core/options.js';
import { prepare, type Preparation } from './core/prepare.js';
import { toSolution } from './core/solve/from-assignment.js';
import { solveFromMemory } from './core/solve/solve-from-memory.js';
import type { SolveMemory } from './core/solve/solve-memory.js';
import type { ExactSolver } from './ports.js';

/**
 * `optimize` with every solver there is. The exact one works in its own time; where it has no answer, that of `auto` stands, with a
 * warning that says why.
 *
 * @param memory of what `auto` did before
 * @throws the signal's reason when it aborts first
 */
export async function decide(
  system: SystemSpec,
  options: OptimizerOptions,
  exactSolver: ExactSolver | undefined,
  signal: AbortSignal,
  detail: ExplainDetail = 'all',
  memory?: SolveMemory,
): Promise<Decision> {
  const preparation = prepare(system, options);
  const isExact = preparation.solver.name === 'milp' && exactSolver !== undefined;
  const solved = isExact ? await solveExactly(preparation, exactSolver, signal, memory) : solve(preparation, memory);
  return conclude(preparation, solved, detail);
}

async function solveExactly(
  { plans, contenders, ledger, solver, system }: Preparation,
  exactSolver: ExactSolver,
  signal: AbortSignal,
  memory: SolveMemory | undefined,
): Promise<Solved> {
  const { saturationPolicy, heterogeneous } = system.optimizerData.optimizer;
  const assigning = assignmentProblem(contenders, ledger);
  const mixing = heterogeneous ? prepareMixtures(plans, assigning) : null;
  const { choice, certificate, warm } = solveFromMemory(assigning, memory);
  const types = assigning.index.types.length;
  const countPrices = assigning.index.priorities.map((_, level) => warm.prices[level]?.slice(0, types) ?? null);
  const start = { choice, certificate, countPrices };
  const answer = await exactSolver
    .solve({ ...(mixing?.mixed ?? { problem: assigning.problem, mixtures: [] }), start }, signal)
    .catch(errorText);
  signal.throwIfAborted();
  if (typeof answer === 'string') {
    const solution = toSolution(assigning, start, ledger, saturationPolicy);
    return { name: 'auto', solution, warnings: [`milp: ${answer}: auto was used`, ...solver.warnings] };
  }
  const { assignment, isCutShort } = answer;
  const mixes = mixing === null ? undefined : mixGrants(mixing, assignment, assigning.index);
  const cutShort = `milp: the best of ${exactSolver.timeLimitMs / 1000} s, which is all the time it has; see counts and gap`;
  return {
    name: 'milp',
    solution: toSolution(assigning, assignment, ledger, saturationPolicy, mixes),
    warnings: [...solver.warnings, ...(isCutShort ? [cutShort] : [])],
  };
}
