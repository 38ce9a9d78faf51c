import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { GuardConfig } from './guard-config.js';
import type { ServerView } from './server-view.js';

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
 * the least count n with n × ratePerReplica ≥ load × (1 + margin). Worked, margin 0.1: 66 requests/min at up to 33.2 each need 2
 * (66.4), and 3 with room (99.6 ≥ 72.6). A measured idle needs no room.
 */
export function needWithRoom(
  view: ServerView,
  answer: OptimizeOneResponse,
  { scaleDownMargin }: GuardConfig,
): number | undefined {
  const need = needOf(view, answer);
  const candidate = answer.explanations[view.name]?.candidates.find((item) => item.accelerator === view.current.accelerator);
  const rate = candidate?.ratePerReplica ?? 0;
  const offered = view.load.known ? Number(view.load.load.arrivalRate) : 0;
  if (need === undefined || candidate?.feasible !== true || scaleDownMargin === 0 || !(rate > 0) || !(offered > 0)) return need;
  return Math.max(need, Math.ceil((offered * (1 + scaleDownMargin)) / rate));
}
