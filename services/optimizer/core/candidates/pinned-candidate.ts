import type { Pin, ServerSpec } from '#shared/contracts/system-data.js';
import type { OfferedLoad } from '../offered-load.js';
import type { Targets } from '../sizing/size-replica.js';
import { offeredRatePerMs, type CandidateContext } from './build-candidates.js';
import type { Candidate } from './candidate.js';
import { replicaPrice } from './current-state.js';

const NO_TARGETS: Targets = { itlMs: 0, ttftMs: 0, tokensPerSec: 0 };
const NOT_PRICED = { cards: 0, cost: 0 };

/**
 * What a pin says, with its cards, its cost and, where load and parameters are known, the latencies to expect. The pin holds even where
 * the data knows neither its accelerator nor the model on it; then there is no type to count its cards under.
 */
export function pinnedCandidate(
  context: CandidateContext,
  server: ServerSpec,
  pin: Pin,
  load: OfferedLoad,
  targets: Targets | null,
): Candidate {
  const { catalogue, sizer } = context;
  const accelerator = catalogue.accelerator(pin.accelerator);
  const accCount = catalogue.perf(server.model, pin.accelerator)?.accCount ?? 1;
  const price = accelerator === undefined ? NOT_PRICED : replicaPrice(accelerator, accCount);
  const standbyReplicas = server.standbyReplicas ?? 0;
  const maxBatchSize = runningBatch(server, pin);
  const shape = load.kind === 'unknown' ? null : load.shape;
  const limits = { maxBatchSize, maxQueueSize: server.maxQueueSize };
  const sized =
    shape === null ? null : sizer({ model: server.model, shape, limits, targets: targets ?? NO_TARGETS }, pin.accelerator);
  const curve = sized?.replica.usable === true ? sized.replica.curve : null;
  return {
    accelerator: pin.accelerator,
    type: accelerator?.type ?? '',
    cardsPerReplica: price.cards,
    costPerReplica: price.cost,
    numReplicas: pin.numReplicas,
    neededReplicas: pin.numReplicas,
    standbyReplicas,
    maxBatch: maxBatchSize ?? curve?.maxBatch ?? 0,
    ratePerReplicaPerMin: sized?.size?.feasible === true ? sized.size.maxThroughputPerMs * 60_000 : 0,
    cost: price.cost * (pin.numReplicas + standbyReplicas),
    value: 0,
    curve,
    offeredPerMs: load.kind === 'unknown' ? 0 : offeredRatePerMs(load, targets ?? NO_TARGETS, context.tpsTargetReplacesLoad),
  };
}

/** A pin keeps the max batch too: another one would be a rollout. */
function runningBatch(server: ServerSpec, pin: Pin): number | undefined {
  const running = server.currentAlloc;
  return running?.accelerator === pin.accelerator && running.maxBatch > 0 ? running.maxBatch : server.maxBatchSize;
}
