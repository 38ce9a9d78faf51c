import type { AcceleratorSpec, ServerSpec } from '#shared/contracts/system-data.js';
import type { Catalogue } from '../catalogue.js';
import { figure } from '../explain/figure.js';
import type { OfferedLoad } from '../offered-load.js';
import { compareText } from '../order.js';
import { familyOf, idleBatchOf } from '../sizing/replica-model.js';
import type { Targets } from '../sizing/size-replica.js';
import type { Sizer, SizingQuestion } from '../sizing/sizer.js';
import { isCapped, type Candidate, type Candidates, type Rejected } from './candidate.js';
import { currentState, replicaPrice, type CurrentState } from './current-state.js';
import { valueOf } from './value.js';

export interface CandidateContext {
  readonly catalogue: Catalogue;
  readonly sizer: Sizer;
  /** With a TPS target: size for the target alone instead of for the larger of target and load. */
  readonly tpsTargetReplacesLoad: boolean;
}

const MS_PER_SEC = 1000;
const MS_PER_MIN = 60_000;
/** More replicas than any fleet has: the load, or the parameters, cannot be meant. */
const MOST_REPLICAS = 1e9;

interface Demand {
  readonly server: ServerSpec;
  readonly current: CurrentState;
  readonly offeredPerMs: number;
  /** Null: no load, and the shape of the last requests is not known. */
  readonly question: SizingQuestion | null;
}

/** Every accelerator as a candidate for one server, or why it is none. */
export function buildCandidates(
  context: CandidateContext,
  server: ServerSpec,
  load: Exclude<OfferedLoad, { kind: 'unknown' }>,
  targets: Targets,
): Candidates {
  const { model, maxBatchSize, maxQueueSize } = server;
  const demand: Demand = {
    server,
    current: currentState(context.catalogue, server),
    offeredPerMs: offeredRatePerMs(load, targets, context.tpsTargetReplacesLoad),
    question: load.shape === null ? null : { model, shape: load.shape, limits: { maxBatchSize, maxQueueSize }, targets },
  };
  const candidates = onEveryAccelerator(context, demand, false);
  // No request is there whose target could be missed: rather an accelerator that is too slow than none at all.
  if (candidates.eligible.length === 0 && load.kind === 'zero') return onEveryAccelerator(context, demand, true);
  return candidates;
}

function onEveryAccelerator(context: CandidateContext, demand: Demand, regardlessOfTargets: boolean): Candidates {
  const eligible: Candidate[] = [];
  const rejected: Rejected[] = [];
  for (const accelerator of context.catalogue.accelerators) {
    const result = candidateOn(context, demand, accelerator, regardlessOfTargets);
    if ('code' in result) rejected.push(result);
    else eligible.push(result);
  }
  return preferUncapped(eligible, rejected);
}

/** Requests/ms to size for. No load is no load, whatever a TPS target says. */
export function offeredRatePerMs(
  load: Exclude<OfferedLoad, { kind: 'unknown' }>,
  targets: Targets,
  tpsTargetReplacesLoad: boolean,
): number {
  if (load.kind === 'zero') return 0;
  const loadRate = load.arrivalRatePerMin / MS_PER_MIN;
  if (targets.tokensPerSec === 0) return loadRate;
  const targetRate = targets.tokensPerSec / load.shape.outputTokens / MS_PER_SEC;
  return tpsTargetReplacesLoad ? targetRate : Math.max(targetRate, loadRate);
}

function candidateOn(
  { catalogue, sizer }: CandidateContext,
  demand: Demand,
  accelerator: AcceleratorSpec,
  regardlessOfTargets: boolean,
): Candidate | Rejected {
  const { server, current, offeredPerMs, question } = demand;
  const name = accelerator.name;
  if (server.keepAccelerator && current.accelerator !== '' && current.accelerator !== name) {
    return { accelerator: name, code: 'keep-accelerator', text: `kept on ${current.accelerator} by keepAccelerator` };
  }
  const perf = catalogue.perf(server.model, name);
  if (perf === undefined) return { accelerator: name, code: 'no-parameters', text: 'no parameters' };
  if (question === null) {
    const family = familyOf(perf);
    if (!family.usable) return { accelerator: name, code: family.code, text: family.detail };
    const maxBatch = idleBatchOf(perf, server);
    return priced(demand, accelerator, replicaPrice(accelerator, perf.accCount), {
      needed: 0,
      maxBatch,
      ratePerMs: 0,
      curve: null,
    });
  }

  const { replica, size } = sizer(question, name);
  if (!replica.usable) return { accelerator: name, code: replica.code, text: replica.detail };
  const feasible = size?.feasible === true;
  if (!feasible && !regardlessOfTargets) {
    const { missed, valueMs, targetMs } = size as Extract<typeof size, { feasible: false }>;
    return { accelerator: name, code: missed, text: `${missed} ${figure(valueMs)} > ${figure(targetMs)} ms` };
  }
  const ratePerMs = feasible ? size.maxThroughputPerMs : 0;
  const needed = offeredPerMs === 0 ? 0 : Math.ceil(offeredPerMs / ratePerMs);
  if (!(needed <= MOST_REPLICAS)) {
    return { accelerator: name, code: 'max-replicas', text: `needs more than ${MOST_REPLICAS} replicas` };
  }
  const { curve } = replica;
  const candidate = priced(demand, accelerator, replicaPrice(accelerator, perf.accCount), {
    needed,
    maxBatch: curve.maxBatch,
    ratePerMs,
    curve,
  });
  if (Number.isFinite(candidate.value)) return candidate;
  return { accelerator: name, code: 'bad-parameters', text: 'costs more than a number can hold' };
}

function priced(
  { server, current, offeredPerMs }: Demand,
  accelerator: AcceleratorSpec,
  price: { cards: number; cost: number },
  sized: { needed: number; maxBatch: number; ratePerMs: number; curve: Candidate['curve'] },
): Candidate {
  const standbyReplicas = server.standbyReplicas ?? 0;
  const neededReplicas = Math.max(sized.needed, server.minNumReplicas ?? 0);
  const numReplicas = Math.min(neededReplicas, server.maxNumReplicas ?? Infinity);
  const cost = price.cost * (numReplicas + standbyReplicas);
  return {
    accelerator: accelerator.name,
    type: accelerator.type,
    cardsPerReplica: price.cards,
    costPerReplica: price.cost,
    numReplicas,
    neededReplicas,
    standbyReplicas,
    maxBatch: sized.maxBatch,
    ratePerReplicaPerMin: sized.ratePerMs * MS_PER_MIN,
    cost,
    value: valueOf(current, accelerator.name, numReplicas, cost),
    curve: sized.curve,
    offeredPerMs,
  };
}

/**
 * A maximum that cuts a candidate leaves its targets unmet, so such a one counts only where it cuts them all: then the one that
 * comes nearest to its need goes first. Ties fall to the name.
 */
function preferUncapped(candidates: Candidate[], rejected: Rejected[]): Candidates {
  const uncapped = candidates.filter((candidate) => !isCapped(candidate));
  if (uncapped.length === 0) return { eligible: candidates.sort(nearestToNeedFirst), rejected };
  for (const candidate of candidates) {
    if (!isCapped(candidate)) continue;
    const text = `needs ${candidate.neededReplicas} replicas, at most ${candidate.numReplicas} allowed`;
    rejected.push({ accelerator: candidate.accelerator, code: 'max-replicas', text });
  }
  return { eligible: uncapped.sort(leastValueFirst), rejected };
}

function leastValueFirst(a: Candidate, b: Candidate): number {
  return a.value - b.value || compareText(a.accelerator, b.accelerator);
}

function nearestToNeedFirst(a: Candidate, b: Candidate): number {
  return b.numReplicas / b.neededReplicas - a.numReplicas / a.neededReplicas || leastValueFirst(a, b);
}
