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
import { distanceOf, solveFromMemory } from './core/solve/solve-from-memory.js';
import type { Distance, SolveMemory } from './core/solve/solve-memory.js';
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
  const { name } = preparation.solver;
  const isAsked = exactSolver !== undefined && (name === 'milp' || name === 'auto');
  const solved = isAsked ? await solveWith(preparation, exactSolver, signal, memory) : solve(preparation, memory);
  return conclude(preparation, solved, detail);
}

/** Servers up to which the exact solver is asked about what `auto` leaves open. */
const MOST_SERVERS = 1000;
/** As near to its bound, relative to the cost, `auto` is near enough. */
const NEAR = 5e-3;

/**
 * `milp`, or `auto`: where that leaves open whether somebody could be served besides, or is far from its bound, which happens with few
 * cards that are much sought after, the exact solver goes on from there, so that none is stranded that it would serve.
 */
async function solveWith(
  { plans, contenders, ledger, solver, system }: Preparation,
  exactSolver: ExactSolver,
  signal: AbortSignal,
  memory: SolveMemory | undefined,
): Promise<Solved> {
  const { saturationPolicy, heterogeneous } = system.optimizerData.optimizer;
  const assigning = assignmentProblem(contenders, ledger);
  const mixing = heterogeneous ? prepareMixtures(plans, assigning) : null;
  const found = solveFromMemory(assigning, memory);
  const isExact = solver.name === 'milp';
  if (!isExact && (contenders.length > MOST_SERVERS || isNear(distanceOf(assigning, found)))) {
    return { name: 'auto', solution: toSolution(assigning, found, ledger, saturationPolicy), warnings: solver.warnings };
  }
  const { choice, certificate, warm } = found;
  const types = assigning.index.types.length;
  const countPrices = assigning.index.priorities.map((_, level) => warm.prices[level]?.slice(0, types) ?? null);
  const start = { choice, certificate, countPrices };
  const answer = await exactSolver
    .solve({ ...(mixing?.mixed ?? { problem: assigning.problem, mixtures: [] }), start }, signal)
    .catch(errorText);
  signal.throwIfAborted();
  if (typeof answer === 'string') {
    const solution = toSolution(assigning, start, ledger, saturationPolicy);
    const instead = isExact
      ? `milp: ${answer}: auto was used`
      : `auto: unproven, and milp does not help: ${answer}; see counts and gap`;
    return { name: 'auto', solution, warnings: [instead, ...solver.warnings] };
  }
  const { assignment, isCutShort } = answer;
  const mixes = mixing === null ? undefined : mixGrants(mixing, assignment, assigning.index);
  const cutShort = `${solver.name}: the best of ${exactSolver.timeLimitMs / 1000} s, which is all the time it has; see counts and gap`;
  return {
    name: solver.name,
    solution: toSolution(assigning, assignment, ledger, saturationPolicy, mixes),
    warnings: [...solver.warnings, ...(isCutShort ? [cutShort] : [])],
  };
}

function isNear({ missing, gap }: Distance): boolean {
  return missing === 0 && gap <= NEAR;
}
