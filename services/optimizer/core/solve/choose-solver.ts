import type { OptimizerSpec } from '#shared/contracts/system-data.js';

export type SolverName = NonNullable<OptimizerSpec['solver']>;

export interface SolverChoice {
  readonly name: SolverName;
  /** What was asked for and is not available. */
  readonly warnings: readonly string[];
}

/** `solver` wins over the flags; without either it is `auto`. */
export function chooseSolver(spec: OptimizerSpec): SolverChoice {
  const name = spec.solver ?? solverOfFlags(spec);
  const warnings: string[] = [];
  if (spec.heterogeneous && name !== 'milp') {
    warnings.push(`heterogeneous is for the solver milp: ${name} was used, with one accelerator for each server`);
  }
  if (spec.useCplex) warnings.push(`useCplex is not available: ${name === 'milp' ? 'HiGHS solves milp' : `${name} was used`}`);
  return { name, warnings };
}

function solverOfFlags({ unlimited, milpSolver }: OptimizerSpec): SolverName {
  if (unlimited) return 'unlimited';
  return milpSolver ? 'milp' : 'auto';
}
