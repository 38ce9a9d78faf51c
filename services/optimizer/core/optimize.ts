import type { SystemSpec } from '#shared/contracts/system-data.js';
import { conclude, type Decision, type Solved } from './conclude.js';
import type { OptimizerOptions } from './options.js';
import { prepare, type Preparation } from './prepare.js';
import { solveGreedy } from './solve/solve-greedy.js';
import { solveUnlimited } from './solve/solve-unlimited.js';

/**
 * Sizes every server on every accelerator and picks one allocation each under the cards there are. A server for which nothing can be
 * decided is absent from `allocations` and keeps what it has. The same items in any order give the same answer, key for key.
 */
export function optimize(system: SystemSpec, options: OptimizerOptions): Decision {
  const preparation = prepare(system, options);
  return conclude(preparation, solve(preparation));
}

/** With a solver that answers at once. */
export function solve({ contenders, ledger, solver, system }: Preparation): Solved {
  const { optimizer } = system.optimizerData;
  const name = solver.name === 'unlimited' ? 'unlimited' : 'greedy';
  const warnings = [...solver.warnings];
  if (solver.isNamed && solver.name !== name) warnings.unshift(`solver "${solver.name}" is not available: ${name} was used`);
  const solution = name === 'unlimited' ? solveUnlimited(contenders, ledger) : solveGreedy(contenders, ledger, optimizer);
  return { name, solution, warnings };
}
