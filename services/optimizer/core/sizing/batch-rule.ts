import type { OptimizerSpec } from '#shared/contracts/system-data.js';

/** The max batch of a replica: the largest that there is room for, or the smallest that serves nearly as much as any. */
export type BatchRule = NonNullable<OptimizerSpec['maxBatch']>;

/** What the data says; else whoever asks for the reference's solvers, by its flags or by name, gets its max batch too. */
export function batchRuleOf({ maxBatch, solver, unlimited, milpSolver }: OptimizerSpec): BatchRule {
  if (maxBatch !== undefined) return maxBatch;
  const isByFlag = solver === undefined && (unlimited || milpSolver);
  return isByFlag || solver === 'greedy' ? 'ceiling' : 'smallest';
}
