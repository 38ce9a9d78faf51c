import { realClock } from '#shared/clock/real-clock.js';
import { readSettings } from '#shared/config/settings.js';
import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { createExactSolver } from '../../optimizer/adapters/highs/exact-solver.js';
import { answerSettings, optimizerOptions } from '../../optimizer/config.js';
import { decide } from '../../optimizer/decide.js';

export interface LocalOptimizer {
  /** What the service would answer to the same system. */
  solve(system: SystemSpec): Promise<OptimizeOneResponse>;
  close(): Promise<void>;
}

/**
 * The optimizer within this process, set as the service is by the same variables.
 * @throws ContractError for a variable out of range
 */
export function createLocalOptimizer(env: Readonly<Record<string, string | undefined>>): LocalOptimizer {
  const config = readSettings(answerSettings, env);
  const options = optimizerOptions(config);
  const exactSolver = createExactSolver({
    timeLimitMs: config.milpTimeLimitSec * 1000,
    relativeGap: config.milpGap,
    clock: realClock,
  });
  const never = new AbortController().signal;
  return {
    solve: async (system) => {
      const startedMs = performance.now();
      const decision = await decide(system, options, exactSolver, never);
      return { ...decision, solver: { ...decision.solver, ms: performance.now() - startedMs } };
    },
    close: () => exactSolver.close(),
  };
}
