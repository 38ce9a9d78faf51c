import type { ServerSpec } from '#shared/contracts/system-data.js';
import type { RequestShape } from '../latency/service-model.js';
import type { BatchRule } from '../sizing/batch-rule.js';
import type { Placement } from '../sizing/placement.js';
import { ceilingOf } from '../sizing/replica-curve.js';
import type { Targets } from '../sizing/size-replica.js';
import type { SizedReplica, Sizer } from '../sizing/sizer.js';
import { runsReplicas, type CurrentState } from './current-state.js';

interface BatchQuestion {
  readonly server: ServerSpec;
  readonly current: CurrentState;
  readonly shape: RequestShape;
  readonly targets: Targets;
  readonly batchRule: BatchRule;
}

/** With the max batch that runs, where that may stay, and with the best one, where another one may come. At least one of them. */
export interface BatchChoice {
  readonly kept: SizedReplica | null;
  readonly best: SizedReplica | null;
}

/**
 * Sizes replicas for the max batch that they will run with: what the server asks for, or else the best one by the rule. Where pods run,
 * `smallest` leaves the choice to stay with what runs there; `keepMaxBatch` settles it. Of a running batch only as much counts as the KV
 * cache holds of these requests (worked: 70 slots, room for 28 requests of 512 tokens: 42 slots stay empty, and the requests wait).
 */
export function sizeWithBatch(
  sizer: Sizer,
  { server, current, shape, targets, batchRule }: BatchQuestion,
): (placement: Placement) => BatchChoice {
  const { model, maxBatchSize = 0, maxQueueSize, keepMaxBatch } = server;
  const limits = { maxBatchSize, maxQueueSize };
  const question = { model, shape, targets };
  const isAsked = maxBatchSize > 0;
  const sizeBest = sizer.sizesFor({ ...question, limits, batch: isAsked ? 'ceiling' : batchRule });
  const mayStay = keepMaxBatch ?? (batchRule === 'smallest' && !isAsked && runsReplicas(current));
  const running = mayStay ? current.maxBatch : 0;

  return (placement) => {
    if (running === 0 || placement.accelerator !== current.accelerator) return { kept: null, best: sizeBest(placement) };
    const ceiling = ceilingOf(placement, limits, shape);
    const kept = sizer.sizesFor({
      ...question,
      limits: running < ceiling ? { ...limits, maxBatchSize: running } : limits,
      batch: 'ceiling',
    })(placement);
    const sized = kept.replica === null ? kept : { ...kept, replica: { ...kept.replica, maxBatch: running } };
    return { kept: sized, best: keepMaxBatch === true ? null : sizeBest(placement) };
  };
}
