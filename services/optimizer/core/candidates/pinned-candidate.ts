import type { Pin, ServerSpec } from '#shared/contracts/system-data.js';
import type { OfferedLoad } from '../offered-load.js';
import { NO_PARAMETERS, type Placement } from '../sizing/placement.js';
import type { Targets } from '../sizing/size-replica.js';
import type { CandidateContext } from './build-candidates.js';
import type { Candidate } from './candidate.js';
import { offeredRatePerMs } from './offered-rate.js';

const NO_TARGETS: Targets = { itlMs: 0, ttftMs: 0, tokensPerSec: 0 };

/**
 * What a pin says, with its cards, its cost and, where load and parameters are known, the latencies to expect. A pin holds even where
 * the data does not know its accelerator; then there is no type to count its cards under.
 */
export function pinnedCandidate(
  { catalogue, sizer, tpsTargetReplacesLoad }: CandidateContext,
  server: ServerSpec,
  pin: Pin,
  load: OfferedLoad,
  targets: Targets = NO_TARGETS,
): Candidate {
  const { model, maxQueueSize, standbyReplicas = 0 } = server;
  const placement = catalogue.placement(model, pin.accelerator) ?? unknownPlacement(pin.accelerator);
  const maxBatchSize = runningBatch(server, pin);
  const shape = load.kind === 'unknown' ? null : load.shape;
  const limits = { maxBatchSize, maxQueueSize };
  const sized = shape === null ? null : sizer.sizesFor({ model, shape, limits, targets })(placement).replica;
  const replica = sized ?? { maxBatch: placement.maxBatchSize, curve: null, ratePerMs: null };
  return {
    placement,
    replica: { ...replica, maxBatch: maxBatchSize ?? replica.maxBatch },
    demand: { offeredPerMs: offeredRatePerMs(load, targets, tpsTargetReplacesLoad), standbyReplicas },
    numReplicas: pin.numReplicas,
    neededReplicas: pin.numReplicas,
    value: 0,
  };
}

function unknownPlacement(accelerator: string): Placement {
  return {
    index: -1,
    accelerator,
    type: '',
    cardsPerReplica: 0,
    costPerReplica: 0,
    maxBatchSize: 0,
    atTokens: 0,
    parameters: NO_PARAMETERS,
  };
}

/** A pin keeps the max batch too: another one would be a rollout. */
function runningBatch(server: ServerSpec, pin: Pin): number | undefined {
  const running = server.currentAlloc;
  return running?.accelerator === pin.accelerator && running.maxBatch > 0 ? running.maxBatch : server.maxBatchSize;
}
