import type { ServerSpec } from '#shared/contracts/system-data.js';
import type { RequestShape } from '../latency/service-model.js';
import type { Placement } from '../sizing/placement.js';
import type { Targets } from '../sizing/size-replica.js';
import type { SizedReplica, Sizer } from '../sizing/sizer.js';
import type { CurrentState } from './current-state.js';

interface BatchQuestion {
  readonly server: ServerSpec;
  readonly current: CurrentState;
  readonly shape: RequestShape;
  readonly targets: Targets;
}

/**
 * Sizes replicas for the max batch that they will run with: the best one, and with `keepMaxBatch` on the accelerator of the server
 * the one that runs there. Of a running batch only as much counts as the KV cache holds of these requests, which is what the best one
 * is (worked: 70 slots, room for 28 requests of 512 tokens: 42 slots stay empty, and the requests wait).
 */
export function sizeWithBatch(
  sizer: Sizer,
  { server, current, shape, targets }: BatchQuestion,
): (placement: Placement) => SizedReplica {
  const { model, maxBatchSize, maxQueueSize, keepMaxBatch = false } = server;
  const best = sizer.sizesFor({ model, shape, limits: { maxBatchSize, maxQueueSize }, targets, batch: 'ceiling' });
  const { accelerator, maxBatch: running } = current;
  if (!keepMaxBatch || running === 0) return best;

  const asRuns = sizer.sizesFor({ model, shape, limits: { maxBatchSize: running, maxQueueSize }, targets, batch: 'ceiling' });
  return (placement) => {
    const free = best(placement);
    if (placement.accelerator !== accelerator || free.replica === null) return free;
    const kept = running < free.replica.maxBatch ? asRuns(placement) : free;
    return kept.replica === null ? kept : { ...kept, replica: { ...kept.replica, maxBatch: running } };
  };
}
