import type { OptimizerSpec } from '#shared/contracts/system-data.js';

export interface SolverChoice {
  readonly name: 'greedy' | 'unlimited';
  /** What was asked for and is not available. */
  readonly warnings: readonly string[];
}

/** `solver` wins over the flags. Asking for a solver that is not here gets the one that the remaining flags say, and a warning. */
export function chooseSolver(spec: OptimizerSpec): SolverChoice {
  const byFlags = spec.unlimited ? 'unlimited' : 'greedy';
  const name = spec.solver === 'greedy' || spec.solver === 'unlimited' ? spec.solver : byFlags;
  const warnings: string[] = [];
  if (spec.solver !== undefined && spec.solver !== name)
    warnings.push(`solver "${spec.solver}" is not available: ${name} was used`);
  for (const flag of ['milpSolver', 'heterogeneous', 'useCplex'] as const) {
    if (spec[flag]) warnings.push(`${flag} is not available: ${name} was used`);
  }
  return { name, warnings };
}
