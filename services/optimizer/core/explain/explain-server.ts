import type { ExplainDetail, ExplainedCandidate, Explanation } from '#shared/contracts/optimizer.js';
import { cardsOf, costOf, isCandidate, isCapped, percentilesOf, predictionOf, type Candidate } from '../candidates/candidate.js';
import type { OfferedLoad } from '../offered-load.js';
import type { ServerPlan } from '../plan-server.js';
import type { Grant, MixGrant, Solution } from '../solve/problem.js';
import { hasData } from './allocation.js';
import { explainBatch } from './explain-batch.js';
import { explainMix } from './explain-mix.js';
import { explainPreference } from './explain-preference.js';
import { figure } from './figure.js';
import { outcomeOf } from './outcome.js';
import { wireTargets } from './relaxation.js';

const MS_PER_MIN = 60_000;

/**
 * What was decided for a server and why, with every accelerator as a candidate, in the order of names.
 * @param detail `chosen`: what it was given alone
 * @param remedy what it would take to serve it in full; undefined: it is
 */
export function explainServer(
  plan: ServerPlan,
  solution: Solution,
  detail: Exclude<ExplainDetail, 'none'>,
  remedy: string | undefined,
): Explanation {
  const { server, priority, targets, load } = plan;
  const grant = solution.grants.get(server.name);
  const refusals = solution.refusals.get(server.name);
  const mix = solution.mixes?.get(server.name);
  return {
    outcome: outcomeOf(plan, solution),
    reason: mix === undefined ? reasonOf(plan, grant, refusals !== undefined) : reasonOfMix(mix),
    class: server.class,
    priority,
    model: server.model,
    targets: targets === null ? null : wireTargets(targets),
    load: explainLoad(load),
    ...(grant?.bestEffort === true ? { neededReplicas: grant.candidate.neededReplicas } : {}),
    ...(remedy === undefined ? {} : { remedy }),
    candidates: detail === 'chosen' ? explainChosen(plan, grant, mix) : explainAll(plan, solution),
  };
}

function explainLoad(load: OfferedLoad): Explanation['load'] {
  if (load.kind === 'unknown') return null;
  const { shape } = load;
  const tokens = shape === null ? {} : { avgInTokens: shape.inputTokens, avgOutTokens: shape.outputTokens };
  return { arrivalRate: load.kind === 'zero' ? 0 : load.arrivalRatePerMin, ...tokens };
}

function reasonOf({ server, standing, load, current }: ServerPlan, grant: Grant | undefined, isSecondBest: boolean): string {
  if (standing.kind === 'pinned') {
    const { numReplicas } = standing.candidate;
    return `pinned to ${shareText(standing.candidate, numReplicas)}: ${server.pin?.reason ?? ''}`;
  }
  if (standing.kind === 'stays') return `${standing.reason}; keeps what it has`;
  if (grant === undefined) return 'no candidate has the cards it needs; keeps what it has';

  const { candidate, numReplicas, bestEffort } = grant;
  const what = `${shareText(candidate, numReplicas)} at ${figure(costOf(candidate, numReplicas))} cents/hr`;
  const batch = explainBatch(candidate, current);
  const also = batch === undefined ? '' : `; ${batch}`;
  if (bestEffort) {
    const limit = isCapped(candidate) && numReplicas === candidate.numReplicas ? 'its maximum' : 'the cards that are left';
    return `${what} is all that ${limit} allow; its targets need ${candidate.neededReplicas}${also}`;
  }
  if (load.kind === 'zero') return `${what}: measured idle, the minimum`;
  const left = isSecondBest ? ' with the cards that are left' : '';
  return `${what}: the least value that meets its targets${left}${also}`;
}

/** `3 × G2 + 2 standby`: what the cost is of. */
function shareText({ placement, demand }: Candidate, numReplicas: number): string {
  const standby = demand.standbyReplicas === 0 ? '' : ` + ${demand.standbyReplicas} standby`;
  return `${numReplicas} × ${placement.accelerator}${standby}`;
}

function reasonOfMix({ parts }: MixGrant): string {
  const what = parts.map(({ candidate, numReplicas }) => `${numReplicas} × ${candidate.placement.accelerator}`).join(' + ');
  const cost = parts.reduce((sum, { candidate, numReplicas }) => sum + costOf(candidate, numReplicas), 0);
  return `${what} at ${figure(cost)} cents/hr: the least value that meets its targets`;
}

function explainChosen(
  { standing, targets }: ServerPlan,
  grant: Grant | undefined,
  mix: MixGrant | undefined,
): ExplainedCandidate[] {
  const percentile = targets?.percentile;
  if (standing.kind === 'pinned') {
    const { candidate } = standing;
    const explained = describeChosen(candidate, candidate.numReplicas, percentile);
    // A pin holds whatever it is worth: it is not weighed.
    delete explained.value;
    return [explained];
  }
  const given = mix?.parts ?? (grant === undefined ? [] : [grant]);
  return given.map(({ candidate, numReplicas, bestEffort }) => {
    const explained = describeChosen(candidate, numReplicas, percentile);
    // With the replicas that it is given it misses its targets, and its latencies say so.
    return bestEffort ? { ...explained, feasible: false } : explained;
  });
}

function explainAll(plan: ServerPlan, { grants, refusals, mixes }: Solution): ExplainedCandidate[] {
  const { server, standing, targets } = plan;
  const grant = grants.get(server.name);
  const mix = mixes?.get(server.name);
  const chosen = explainChosen(plan, grant, mix);
  if (standing.kind === 'pinned') return chosen;
  const refused = refusals.get(server.name);
  return standing.all.map((item) => {
    if (!isCandidate(item)) return { accelerator: item.accelerator, chosen: false, feasible: false, rejection: item.rejection };
    const { accelerator } = item.placement;
    // With either max batch.
    const taken = chosen.find((one) => one.accelerator === accelerator);
    if (taken !== undefined) return taken;
    const explained = describe(item, item.numReplicas, targets?.percentile);
    const refusal = refused?.get(accelerator);
    explained.rejection = mix === undefined ? explainPreference(item, grant, refusal) : explainMix(item, mix, refusal);
    return explained;
  });
}

function describeChosen(candidate: Candidate, numReplicas: number, percentile: number | undefined): ExplainedCandidate {
  const { placement, replica } = candidate;
  const explained = describe(candidate, numReplicas, percentile);
  explained.chosen = true;
  if (replica.maxBatch > 0) explained.maxBatch = replica.maxBatch;
  if (hasData(candidate)) explained.cards = { type: placement.type, count: cardsOf(candidate, numReplicas) };
  return explained;
}

/** Every server has one of these for each accelerator: no more figures than tell it from the chosen one. */
function describe(candidate: Candidate, numReplicas: number, percentile: number | undefined): ExplainedCandidate {
  const { placement, replica } = candidate;
  const explained: ExplainedCandidate = {
    accelerator: placement.accelerator,
    chosen: false,
    feasible: !isCapped(candidate),
    numReplicas,
  };
  if (hasData(candidate)) {
    explained.cost = figure(costOf(candidate, numReplicas));
    // What is weighed is all that it asks for.
    if (numReplicas === candidate.numReplicas) explained.value = figure(candidate.value);
  }
  // Not rounded: replicas × rate is compared with the load.
  if (replica.ratePerMs !== null) explained.ratePerReplica = replica.ratePerMs * MS_PER_MIN;
  const prediction = predictionOf(candidate, numReplicas);
  if (prediction === null) return explained;
  explained.itlAverage = figure(prediction.itlMs);
  explained.ttftAverage = figure(prediction.ttftMs);
  explained.rho = figure(prediction.utilisation);
  const percentiles = percentile === undefined ? null : percentilesOf(candidate, numReplicas, percentile);
  if (percentiles === null) return explained;
  explained.itlPercentile = figure(percentiles.itlMs);
  explained.ttftPercentile = figure(percentiles.ttftMs);
  return explained;
}
