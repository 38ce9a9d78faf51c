import { isMissing } from '#shared/contracts/loop.js';
import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { GuardConfig } from './guard-config.js';
import type { ServerView } from './server-view.js';

const MS_PER_MINUTE = 60_000;

/** Replicas that a server needs on the accelerator it has, by an answer; undefined: not known, or no number would do there. */
export function needOf(view: ServerView, answer: OptimizeOneResponse): number | undefined {
  const explanation = answer.explanations[view.name];
  if (!view.load.known || explanation === undefined) return undefined;
  const candidate = explanation.candidates.find((item) => item.accelerator === view.current.accelerator);
  if (candidate?.chosen === true && explanation.outcome === 'best-effort') return explanation.neededReplicas;
  return candidate?.feasible === true ? candidate.numReplicas : undefined;
}

/**
 * Replicas below which the server should not go: its need, or where that would be so tight that a little more load takes it back up,
 * the least count n with n × ratePerReplica ≥ load × (1 + room). Worked, room 0.1: 66 requests/min at up to 33.2 each need 2
 * (66.4), and 3 with room (99.6 ≥ 72.6). A measured idle needs no room.
 */
export function needWithRoom(view: ServerView, answer: OptimizeOneResponse, config: GuardConfig): number | undefined {
  const need = needOf(view, answer);
  const candidate = answer.explanations[view.name]?.candidates.find((item) => item.accelerator === view.current.accelerator);
  return need === undefined || candidate?.feasible !== true ? need : withRoom(need, candidate.ratePerReplica, view, config);
}

/** The least count of at least `numReplicas` that leaves room, at `ratePerReplica` requests/min each; where that is unknown, the count. */
export function withRoom(numReplicas: number, ratePerReplica: number | undefined, view: ServerView, config: GuardConfig): number {
  const room = roomOf(view, config);
  const offered = view.load.known ? Number(view.load.load.arrivalRate) : 0;
  if (ratePerReplica === undefined || !(ratePerReplica > 0) || room === 0 || !(offered > 0)) return numReplicas;
  return Math.max(numReplicas, Math.ceil((offered * (1 + room)) / ratePerReplica));
}

/** Standard deviations of a measured load that a lower count must carry on top of it. */
const DEVIATIONS = 2;
/** Beyond this a few requests would keep many replicas. */
const MOST_ROOM = 1;

/**
 * Part of the measured load that a lower count must carry besides: the margin that is set, or what chance alone may have hidden. Of n
 * requests that come by chance as many as √n more or fewer are measured in the same time. Worked: 30 requests in the window, 2/√30,
 * 37 %; 400 of them 10 %. A declared load is not measured by counting, and has no more than the margin.
 */
export function roomOf({ readings: { arrivalRate } }: ServerView, { scaleDownMargin }: GuardConfig): number {
  if (scaleDownMargin === 0 || isMissing(arrivalRate) || arrivalRate.coverage === undefined) return scaleDownMargin;
  const counted = (arrivalRate.value * arrivalRate.coverage.spanMs) / MS_PER_MINUTE;
  return counted > 0 ? Math.max(scaleDownMargin, Math.min(MOST_ROOM, DEVIATIONS / Math.sqrt(counted))) : scaleDownMargin;
}
