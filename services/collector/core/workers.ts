import type { Worker } from '#shared/contracts/loop.js';
import type { Pod } from '#shared/kube/wire.js';
import { isOver, isServing, isTerminating, type ManagedServer } from './managed-server.js';
import type { SampleStore } from './metrics/sample-store.js';
import { sinceOf } from './pod-times.js';

/** What is known of the requests of one pod; what is null has its reason. */
export type WorkerFigures = (
  deploymentUid: string,
  podUid: string,
  nowMs: number,
) => Pick<Worker, 'activeRequests' | 'totalProcessed' | 'reason'>;

/** The pods of a server, those on their way out included. */
export function workersOf({ deployment, pods }: ManagedServer, figuresOf: WorkerFigures, nowMs: number): Worker[] {
  return pods.map((pod) => {
    const state = stateOf(pod);
    const since = sinceOf(pod, state);
    const figures = figuresOf(deployment.metadata?.uid ?? '', pod.metadata?.uid ?? '', nowMs);
    const reasons = [figures.reason, since === null ? 'the pod does not tell since when' : null];
    return {
      pod: pod.metadata?.name ?? '',
      node: pod.spec?.nodeName ?? null,
      state,
      since,
      ...figures,
      reason: reasons.filter((reason) => reason !== null).join('; ') || null,
    };
  });
}

/** By readiness and deletion alone: until something else drains or parks pods, a pod that ended is the only inactive one. */
function stateOf(pod: Pod): Worker['state'] {
  if (isOver(pod)) return 'INACTIVE';
  if (isTerminating(pod)) return 'DRAINING';
  return isServing(pod) ? 'ACTIVE' : 'STARTING';
}

/** For a collector that does not ask the pods. */
export const NOT_SCRAPED: WorkerFigures = () => ({
  activeRequests: null,
  totalProcessed: null,
  reason: 'the pods are not asked for their metrics (COLLECTOR_SCRAPE)',
});

/**
 * Figures of the newest sample. What is inside a pod changes by the second, so an old sample says nothing of it; the count of finished
 * requests only grows, so the last one stands.
 */
export function scrapedFigures(store: SampleStore, freshMs: number): WorkerFigures {
  return (deploymentUid, podUid, nowMs) => {
    const history = store.ofDeployment(deploymentUid).get(podUid);
    const newest = history?.samples.at(-1);
    if (newest === undefined) {
      return { activeRequests: null, totalProcessed: null, reason: history?.lastFailure ?? 'not scraped yet' };
    }
    const totalProcessed = newest.completions;
    const ageMs = nowMs - newest.at;
    if (ageMs <= freshMs) return { activeRequests: newest.running + newest.waiting, totalProcessed, reason: null };
    const reason = `${history?.lastFailure ?? 'no answer'}; last figures ${Math.round(ageMs / 1000)} s old`;
    return { activeRequests: null, totalProcessed, reason };
  };
}
