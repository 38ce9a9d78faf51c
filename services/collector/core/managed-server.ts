import type { Deployment, Pod } from '#shared/kube/wire.js';

/** A managed Deployment and the pods that are its own. A server has a name of its own, and a model. */
export interface ManagedServer {
  name: string;
  model: string;
  deployment: Deployment;
  pods: readonly Pod[];
}

/** `namespace/name` */
export function objectName({ metadata }: Deployment): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

/** Serving: ready and not on its way out. */
export function isServing(pod: Pod): boolean {
  return isReady(pod) && !isTerminating(pod);
}

export function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') === true;
}

export function isTerminating({ metadata }: Pod): boolean {
  return metadata?.deletionTimestamp !== undefined;
}

/** It ran to its end, or was evicted: it holds nothing and comes back no more. */
export function isOver({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/** The scheduler's words for a pod that fits nowhere; undefined for every other pod. */
export function unschedulableReason({ status }: Pod): string | undefined {
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined;
  return scheduled.message ?? 'unschedulable';
}
