import type { OptimizerSpec } from '#shared/contracts/system-data.js';

/** The max batch of a replica: the largest that there is room for, or the smallest that serves nearly as much as any. */
export type BatchRule = NonNullable<OptimizerSpec['maxBatch']>;

/** What the data says; else the largest: the slots that a steady load has no use for are what a backlog is worked off with. */
export function batchRuleOf({ maxBatch }: OptimizerSpec): BatchRule {
  return maxBatch ?? 'ceiling';
}
