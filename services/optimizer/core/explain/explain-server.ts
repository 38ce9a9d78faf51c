import type { ExplainedCandidate, Explanation, Outcome } from '#shared/contracts/optimizer.js';
import { cardsOf, costOf, isCapped, predictionOf, type Candidate, type Rejected } from '../candidates/candidate.js';
import { compareText } from '../order.js';
import type { ServerPlan } from '../plan-server.js';
import type { Grant, Refusal, Solution } from '../solve/problem.js';
import { explainPreference } from './explain-preference.js';
import { figure } from './figure.js';

/** What was decided for a server and why, with every accelerator as a candidate, in the order of names. */
export function explainServer(plan: ServerPlan, solution: Solution): Explanation {
  const { server, priority, targets, load, standing } = plan;
  const grant = solution.grants.get(server.name);
  const refusals = solution.refusals.get(server.name);
  const { outcome, reason } = verdictOf(plan, grant, refusals !== undefined);
  return {
    outcome,
    reason,
    class: server.class,
    priority,
    model: server.model,
    targets: targets === null ? null : { itl: targets.itlMs, ttft: targets.ttftMs, tps: targets.tokensPerSec },
    load:
      load.kind === 'unknown'
        ? null
        : {
            arrivalRate: load.kind === 'zero' ? 0 : load.arrivalRatePerMin,
            avgInTokens: load.shape?.inputTokens ?? 0,
            avgOutTokens: load.shape?.outputTokens ?? 0,
          },
    ...(grant?.bestEffort === true ? { neededReplicas: grant.candidate.neededReplicas } : {}),
    candidates: explainCandidates(standing, grant, refusals),
  };
}

function verdictOf(
  { server, standing, load }: ServerPlan,
  grant: Grant | undefined,
  isSecondBest: boolean,
): { outcome: Outcome; reason: string } {
  if (standing.kind === 'pinned') {
    const { accelerator, numReplicas } = standing.candidate;
    return { outcome: 'pinned', reason: `pinned to ${numReplicas} × ${accelerator}: ${server.pin?.reason ?? ''}` };
  }
  if (standing.kind === 'stays') return { outcome: standing.outcome, reason: `${standing.reason}; keeps what it has` };
  if (grant === undefined) return { outcome: 'unserved', reason: 'no candidate has the cards it needs; keeps what it has' };

  const { candidate, numReplicas, bestEffort } = grant;
  const what = `${numReplicas} × ${candidate.accelerator} at ${figure(costOf(candidate, numReplicas))} cents/hr`;
  if (bestEffort) {
    const limit = isCapped(candidate) && numReplicas === candidate.numReplicas ? 'its maximum' : 'the cards that are left';
    return { outcome: 'best-effort', reason: `${what} is all that ${limit} allow; its targets need ${candidate.neededReplicas}` };
  }
  if (load.kind === 'zero') return { outcome: 'zero-load', reason: `${what}: measured idle, the minimum` };
  return {
    outcome: 'allocated',
    reason: `${what}: the least value that meets its targets${isSecondBest ? ' with the cards that are left' : ''}`,
  };
}

function explainCandidates(
  standing: ServerPlan['standing'],
  grant: Grant | undefined,
  refusals: ReadonlyMap<string, Refusal> | undefined,
): ExplainedCandidate[] {
  if (standing.kind === 'pinned') return [describe(standing.candidate, standing.candidate.numReplicas, true)];
  const rejected = standing.rejected.map(describeRejected);
  if (standing.kind === 'stays') return rejected;
  const eligible = standing.eligible.map((candidate) => {
    if (candidate === grant?.candidate) return describe(candidate, grant.numReplicas, true);
    const rejection = explainPreference(candidate, grant, refusals?.get(candidate.accelerator));
    return { ...describe(candidate, candidate.numReplicas, false), rejection };
  });
  return [...eligible, ...rejected].sort((a, b) => compareText(a.accelerator, b.accelerator));
}

function describeRejected({ accelerator, code, text }: Rejected): ExplainedCandidate {
  return { accelerator, chosen: false, feasible: false, rejection: { code, text } };
}

function describe(candidate: Candidate, numReplicas: number, chosen: boolean): ExplainedCandidate {
  const prediction = predictionOf(candidate, numReplicas);
  return {
    accelerator: candidate.accelerator,
    chosen,
    feasible: !isCapped(candidate),
    numReplicas,
    maxBatch: candidate.maxBatch,
    cost: figure(costOf(candidate, numReplicas)),
    value: figure(candidate.value),
    ratePerReplica: figure(candidate.ratePerReplicaPerMin),
    cards: { type: candidate.type, count: cardsOf(candidate, numReplicas) },
    ...(prediction === null
      ? {}
      : { itlAverage: figure(prediction.itlMs), ttftAverage: figure(prediction.ttftMs), rho: figure(prediction.utilisation) }),
  };
}
