import type { RejectionCode } from '#shared/contracts/optimizer.js';
import type { ServerSpec } from '#shared/contracts/system-data.js';
import type { Catalogue } from '../catalogue.js';
import { figure } from '../explain/figure.js';
import type { OfferedLoad } from '../offered-load.js';
import { compareText } from '../order.js';
import type { Placement } from '../sizing/placement.js';
import { idleBatchOf } from '../sizing/replica-curve.js';
import type { Targets } from '../sizing/size-replica.js';
import type { SizedReplica, Sizer } from '../sizing/sizer.js';
import { isCandidate, isCapped, type Candidate, type Candidates, type Rejected } from './candidate.js';
import type { CurrentState } from './current-state.js';
import { offeredRatePerMs } from './offered-rate.js';
import { valueOf } from './value.js';

export interface CandidateContext {
  readonly catalogue: Catalogue;
  readonly sizer: Sizer;
  /** With a TPS target: size for the target alone instead of for the larger of target and load. */
  readonly tpsTargetReplacesLoad: boolean;
}

/** More replicas than any fleet has: the load, or the parameters, cannot be meant. */
const MOST_REPLICAS = 1e9;
/** Cents/hr, in the same spirit. */
const HIGHEST_COST = 1e15;

interface Demand {
  readonly server: ServerSpec;
  readonly current: CurrentState;
  readonly offeredPerMs: number;
  /** Null: no load, and the shape of the last requests is not known. */
  readonly sizeOn: ((placement: Placement) => SizedReplica) | null;
}

/** Every accelerator as a candidate for one server, or why it is none. */
export function buildCandidates(
  { catalogue, sizer, tpsTargetReplacesLoad }: CandidateContext,
  server: ServerSpec,
  current: CurrentState,
  load: Exclude<OfferedLoad, { kind: 'unknown' }>,
  targets: Targets,
): Candidates {
  const { model, maxBatchSize, maxQueueSize } = server;
  const { shape } = load;
  const demand: Demand = {
    server,
    current,
    offeredPerMs: offeredRatePerMs(load, targets, tpsTargetReplacesLoad),
    sizeOn: shape === null ? null : sizer.sizesFor({ model, shape, limits: { maxBatchSize, maxQueueSize }, targets }),
  };
  const all = catalogue.placements(model).map((placement) => {
    const result = candidateOn(placement, demand);
    // No request is there whose target could be missed: where it runs, an idle server can shrink to its minimum in any case.
    const staysIdle = load.kind === 'zero' && placement.accelerator === current.accelerator;
    return staysIdle && !isCandidate(result) ? idleCandidate(placement, demand) : result;
  });
  return preferUncapped(all);
}

function candidateOn(placement: Placement, demand: Demand): Candidate | Rejected {
  const { server, current, offeredPerMs, sizeOn } = demand;
  if (server.keepAccelerator && current.accelerator !== '' && current.accelerator !== placement.accelerator) {
    return reject(placement, 'keep-accelerator', `kept on ${current.accelerator} by keepAccelerator`);
  }
  if (sizeOn === null) return idleCandidate(placement, demand);

  const sized = sizeOn(placement);
  if ('unusable' in sized) return reject(placement, sized.unusable.code, sized.unusable.text);
  const { curve, size } = sized;
  if (!size.feasible) {
    return reject(placement, size.missed, `${size.missed} ${figure(size.valueMs)} > ${figure(size.targetMs)} ms`);
  }
  const needed = Math.ceil(offeredPerMs / size.maxThroughputPerMs);
  return candidate(placement, demand, needed, curve.maxBatch, size.maxThroughputPerMs, curve);
}

/** The minimum, without a look at targets, and with the max batch that runs: nobody is there for whom to restart it with another. */
function idleCandidate(placement: Placement, demand: Demand): Candidate | Rejected {
  const { parameters } = placement;
  if (parameters.family === 'none') return reject(placement, parameters.code, parameters.text);
  const { current, server } = demand;
  const running = current.accelerator === placement.accelerator ? current.maxBatch : 0;
  return candidate(placement, demand, 0, running > 0 ? running : idleBatchOf(placement, server), 0, null);
}

function candidate(
  placement: Placement,
  { server, current, offeredPerMs }: Demand,
  needed: number,
  maxBatch: number,
  ratePerReplicaPerMs: number,
  curve: Candidate['curve'],
): Candidate | Rejected {
  const standbyReplicas = server.standbyReplicas ?? 0;
  const neededReplicas = Math.max(needed, server.minNumReplicas ?? 0);
  if (!(neededReplicas + standbyReplicas <= MOST_REPLICAS)) {
    return reject(placement, 'max-replicas', `needs more than ${MOST_REPLICAS} replicas`);
  }
  const numReplicas = Math.min(neededReplicas, server.maxNumReplicas ?? Infinity);
  const cost = placement.costPerReplica * (numReplicas + standbyReplicas);
  const value = valueOf(current, placement.accelerator, numReplicas, cost);
  if (!(Math.abs(value) <= HIGHEST_COST)) return reject(placement, 'bad-parameters', `costs more than ${HIGHEST_COST} cents/hr`);
  return {
    placement,
    numReplicas,
    neededReplicas,
    standbyReplicas,
    maxBatch,
    ratePerReplicaPerMs,
    cost,
    value,
    curve,
    offeredPerMs,
  };
}

function reject({ accelerator }: Placement, code: RejectionCode, text: string): Rejected {
  return { accelerator, rejection: { code, text } };
}

/**
 * A maximum that cuts a candidate leaves its targets unmet, so such a one counts only where it cuts them all: then the one that
 * comes nearest to its need goes first. Ties fall to the name.
 */
function preferUncapped(all: (Candidate | Rejected)[]): Candidates {
  const candidates = all.filter(isCandidate);
  const uncapped = candidates.filter((item) => !isCapped(item));
  if (uncapped.length === 0) return { all, eligible: candidates.sort(nearestToNeedFirst) };
  if (uncapped.length < candidates.length) {
    all.forEach((item, index) => {
      if (!isCandidate(item) || !isCapped(item)) return;
      const text = `needs ${item.neededReplicas} replicas, at most ${item.numReplicas} allowed`;
      all[index] = reject(item.placement, 'max-replicas', text);
    });
  }
  return { all, eligible: uncapped.sort(leastValueFirst) };
}

function leastValueFirst(a: Candidate, b: Candidate): number {
  return a.value - b.value || compareText(a.placement.accelerator, b.placement.accelerator);
}

function nearestToNeedFirst(a: Candidate, b: Candidate): number {
  return b.numReplicas / b.neededReplicas - a.numReplicas / a.neededReplicas || leastValueFirst(a, b);
}
