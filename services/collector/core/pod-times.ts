import type { Worker } from '#shared/contracts/loop.js';
import type { Pod } from '#shared/kube/wire.js';

/** Since when a pod is in a state, ms since the epoch; null: it does not tell. */
export function sinceOf(pod: Pod, state: Worker['state']): number | null {
  const { metadata } = pod;
  if (state === 'DRAINING') {
    // The time in it is that of its end: the request plus the grace period.
    const endMs = timeOf(metadata?.deletionTimestamp);
    return endMs === null ? null : endMs - 1000 * (metadata?.deletionGracePeriodSeconds ?? 0);
  }
  if (state === 'STARTING') return notReadySince(pod);
  return conditionSince(pod, 'Ready') ?? createdAt(pod);
}

/** A pod that was ready once counts from when it ceased to be; any other from its creation. */
export function notReadySince(pod: Pod): number | null {
  return conditionSince(pod, 'Ready') ?? createdAt(pod);
}

export function unschedulableSince(pod: Pod): number | null {
  return conditionSince(pod, 'PodScheduled') ?? createdAt(pod);
}

function createdAt({ metadata }: Pod): number | null {
  return timeOf(metadata?.creationTimestamp);
}

function conditionSince({ status }: Pod, type: string): number | null {
  return timeOf(status?.conditions?.find((condition) => condition.type === type)?.lastTransitionTime);
}

function timeOf(text: string | undefined): number | null {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? null : at;
}
