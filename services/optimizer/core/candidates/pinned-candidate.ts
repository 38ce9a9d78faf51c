import type { Pin, ServerSpec } from '#shared/contracts/system-data.js';
import type { OfferedLoad } from '../offered-load.js';
import { NO_PARAMETERS, type Placement } from '../sizing/placement.js';
import type { Targets } from '../sizing/size-replica.js';
import type { CandidateContext } from './build-candidates.js';
import type { Candidate } from './candidate.js';
import type { CurrentState } from './current-state.js';
import { offeredRatePerMs } from './offered-rate.js';
import { sizeWithBatch } from './size-with-batch.js';

const NO_TARGETS: Targets = { itlMs: 0, ttftMs: 0, tokensPerSec: 0 };

/**
 * What a pin says, with its cards, its cost and, where load and parameters are known, the latencies to expect. A pin holds even where
 * the data does not know its accelerator; then there is no type to count its cards under.
 */
export function pinnedCandidate(
  { catalogue, sizer, batchRule, tpsTargetReplacesLoad }: CandidateContext,
  server: ServerSpec,
  current: CurrentState,
  pin: Pin,
  load: OfferedLoad,
  targets: Targets = NO_TARGETS,
): Candidate {
  const { standbyReplicas = 0 } = server;
  const placement = catalogue.placement(server.model, pin.accelerator) ?? unknownPlacement(pin.accelerator);
  const shape = load.kind === 'unknown' ? null : load.shape;
  // A pin keeps the max batch too: another one would be a rollout.
  const question = { server: { ...server, keepMaxBatch: true }, current, targets, batchRule };
  const choice = shape === null ? null : sizeWithBatch(sizer, { ...question, shape })(placement);
  const sized = (choice?.kept ?? choice?.best)?.replica ?? null;
  const running = pin.accelerator === current.accelerator && current.maxBatch > 0 ? current.maxBatch : server.maxBatchSize;
  const { maxBatchSize } = placement;
  const replica = sized ?? { maxBatch: maxBatchSize, slots: maxBatchSize, terms: null, ratePerMs: null };
  return {
    placement,
    replica: { ...replica, maxBatch: running ?? replica.maxBatch },
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
