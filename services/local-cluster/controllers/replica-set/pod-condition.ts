import type { Pod } from '#shared/kube/wire.js';
import { isBeingDeleted } from '../machinery/object-feed.js';
import { fromTimestamp } from '../machinery/timestamps.js';

export function isPodReady(pod: Pod): boolean {
  return readyCondition(pod)?.status === 'True';
}

/** Since when the pod is ready, ms; undefined while it is not. */
export function readySinceMs(pod: Pod): number | undefined {
  const condition = readyCondition(pod);
  return condition?.status === 'True' ? fromTimestamp(condition.lastTransitionTime) : undefined;
}

/** Has not ended and is not on its way out. */
export function isPodActive(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase !== 'Succeeded' && phase !== 'Failed' && !isBeingDeleted(pod);
}

/** When a ready pod counts as available: at once, or after it has been ready for `minReadySeconds`. Undefined while not ready. */
export function availableAtMs(pod: Pod, minReadySeconds: number): number | undefined {
  if (!isPodReady(pod)) return undefined;
  return minReadySeconds === 0 ? 0 : (readySinceMs(pod) ?? 0) + minReadySeconds * 1000;
}

function readyCondition(pod: Pod) {
  return pod.status?.conditions?.find(({ type }) => type === 'Ready');
}
