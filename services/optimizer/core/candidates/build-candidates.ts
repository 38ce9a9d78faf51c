import type { ReplicaLimit, ServerSpec } from '#shared/contracts/system-data.js';
import type { Catalogue } from '../catalogue.js';
import { keptElsewhere, tooManyReplicas } from '../explain/rejections.js';
import type { OfferedLoad } from '../offered-load.js';
import type { Placement } from '../sizing/placement.js';
import type { BatchRule } from '../sizing/batch-rule.js';
import type { Rejection, Replica } from '../sizing/replica.js';
import { idleBatchOf } from '../sizing/replica-curve.js';
import type { Targets } from '../sizing/size-replica.js';
import type { SizedReplica, Sizer } from '../sizing/sizer.js';
import { isCandidate, isCapped, type Candidate, type Candidates, type Demand, type Rejected } from './candidate.js';
import { runsReplicas, type CurrentState } from './current-state.js';
import { offeredRatePerMs } from './offered-rate.js';
import { betterBatch, leastValueFirst, nearestToNeedFirst, withThriftier } from './preference.js';
import { sizeWithBatch, type BatchChoice } from './size-with-batch.js';
import { valueOf } from './value.js';

export interface CandidateContext {
  readonly catalogue: Catalogue;
  readonly sizer: Sizer;
  readonly batchRule: BatchRule;
  /** With a TPS target: size for the target alone instead of for the larger of target and load. */
  readonly tpsTargetReplacesLoad: boolean;
}

/** More replicas than any fleet has: the load, or the parameters, cannot be meant. */
const MOST_REPLICAS = 1e9;
/** Cents/hr, in the same spirit. */
const HIGHEST_COST = 1e15;

interface Question {
  readonly server: ServerSpec;
  readonly current: CurrentState;
  readonly demand: Demand;
  readonly batchRule: BatchRule;
  /** Null: no load, and the shape of the last requests is not known. */
  readonly sizeOn: ((placement: Placement) => BatchChoice) | null;
}

/** Every accelerator as a candidate for one server, or why it is none. */
export function buildCandidates(
  { catalogue, sizer, batchRule, tpsTargetReplacesLoad }: CandidateContext,
  server: ServerSpec,
  current: CurrentState,
  load: Exclude<OfferedLoad, { kind: 'unknown' }>,
  targets: Targets,
): Candidates {
  const { standbyReplicas = 0 } = server;
  const { shape } = load;
  const question: Question = {
    server,
    current,
    demand: { offeredPerMs: offeredRatePerMs(load, targets, tpsTargetReplacesLoad), standbyReplicas },
    batchRule,
    sizeOn: shape === null ? null : sizeWithBatch(sizer, { server, current, shape, targets, batchRule }),
  };
  const all = catalogue.placements(server.model).map((placement) => {
    const result = candidateOn(placement, question);
    // No request is there whose target could be missed: where it runs, an idle server can shrink to its minimum in any case.
    const staysIdle = load.kind === 'zero' && placement.accelerator === current.accelerator;
    return staysIdle && !isCandidate(result) ? idleCandidate(placement, question) : result;
  });
  return preferUncapped(all, server);
}

function candidateOn(placement: Placement, question: Question): Candidate | Rejected {
  const { server, current, sizeOn } = question;
  if (server.keepAccelerator && current.accelerator !== '' && current.accelerator !== placement.accelerator) {
    return reject(placement, keptElsewhere(current.accelerator));
  }
  if (sizeOn === null) return idleCandidate(placement, question);
  const { kept, best } = sizeOn(placement);
  const asRuns = kept && withReplica(placement, kept, question);
  const asBest = best && withReplica(placement, best, question);
  if (asRuns !== null && asBest !== null) return betterBatch(asRuns, asBest);
  return (asRuns ?? asBest) as Candidate | Rejected;
}

function withReplica(placement: Placement, { replica, rejection }: SizedReplica, question: Question): Candidate | Rejected {
  if (rejection !== null) return reject(placement, rejection);
  const { offeredPerMs } = question.demand;
  const needed = neededOf(replica, offeredPerMs);
  const { best } = replica;
  // What a smaller max batch serves less must not be a replica more.
  if (best === undefined || neededOf(best, offeredPerMs) >= needed) return candidate(placement, replica, question, needed);
  return candidate(placement, best, question, neededOf(best, offeredPerMs));
}

function neededOf({ ratePerMs }: Replica, offeredPerMs: number): number {
  return Math.ceil(offeredPerMs / (ratePerMs ?? 0));
}

/** The minimum, without a look at targets, and with the max batch that runs: nobody is there for whom to restart it with another. */
function idleCandidate(placement: Placement, question: Question): Candidate | Rejected {
  const { parameters } = placement;
  if (parameters.family === 'none') return reject(placement, parameters.rejection);
  const { current, server } = question;
  const running = current.accelerator === placement.accelerator ? current.maxBatch : 0;
  const maxBatch = running > 0 ? running : idleBatchOf(placement, server);
  return candidate(placement, { maxBatch, slots: maxBatch, terms: null, ratePerMs: null }, question, 0);
}

function candidate(placement: Placement, replica: Replica, question: Question, needed: number): Candidate | Rejected {
  const { server, current, demand, batchRule } = question;
  const { standbyReplicas } = demand;
  const neededReplicas = Math.max(needed, server.minNumReplicas ?? 0);
  if (!(neededReplicas + standbyReplicas <= MOST_REPLICAS)) {
    return reject(placement, {
      code: 'max-replicas',
      text: `needs more than ${MOST_REPLICAS} replicas`,
      allowed: MOST_REPLICAS,
    });
  }
  const limit = limitOn(server, placement.accelerator);
  if (limit?.numReplicas === 0 && neededReplicas > 0) {
    return reject(placement, { code: 'max-replicas', text: `none allowed: ${limit.reason}`, allowed: 0 });
  }
  const numReplicas = Math.min(neededReplicas, server.maxNumReplicas ?? Infinity, limit?.numReplicas ?? Infinity);
  const cost = placement.costPerReplica * (numReplicas + standbyReplicas);
  const changesBatch =
    batchRule === 'smallest' && runsReplicas(current) && numReplicas > 0 && replica.maxBatch !== current.maxBatch;
  const value = valueOf(current, placement.accelerator, numReplicas, cost, changesBatch);
  if (!(Math.abs(value) <= HIGHEST_COST)) {
    return reject(placement, { code: 'bad-parameters', text: `costs more than ${HIGHEST_COST} cents/hr` });
  }
  return { placement, replica, demand, numReplicas, neededReplicas, value };
}

function limitOn({ replicaLimits = [] }: ServerSpec, accelerator: string): ReplicaLimit | undefined {
  return replicaLimits.find((limit) => limit.accelerator === accelerator);
}

function reject({ accelerator }: Placement, rejection: Rejection): Rejected {
  return { accelerator, rejection };
}

/**
 * A maximum that cuts a candidate leaves its targets unmet, so such a one counts only where it cuts them all: then the one that
 * comes nearest to its need goes first. Ties fall to the name.
 */
function preferUncapped(all: (Candidate | Rejected)[], server: ServerSpec): Candidates {
  const capped = all.filter((item) => isCandidate(item) && isCapped(item)).length;
  const candidates = all.filter(isCandidate);
  if (capped === candidates.length) return { all, eligible: withThriftier(candidates).sort(nearestToNeedFirst) };
  if (capped === 0) return { all, eligible: withThriftier(candidates).sort(leastValueFirst) };
  all.forEach((item, index) => {
    if (!isCandidate(item) || !isCapped(item)) return;
    const limit = limitOn(server, item.placement.accelerator);
    const why = limit?.numReplicas === item.numReplicas ? `: ${limit.reason}` : '';
    all[index] = reject(item.placement, tooManyReplicas(item.neededReplicas, item.numReplicas, why));
  });
  return { all, eligible: withThriftier(all.filter(isCandidate)).sort(leastValueFirst) };
}
