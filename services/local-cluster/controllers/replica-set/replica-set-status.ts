import type { V1ReplicaSetStatus } from '@kubernetes/client-node';
import type { Pod, ReplicaSet, Wire } from '#shared/kube/wire.js';
import { hasLabels } from '../machinery/label-selector.js';
import { metaOf } from '../machinery/object-feed.js';
import { toTimestamp } from '../machinery/timestamps.js';
import { availableAtMs } from './pod-condition.js';

export type ReplicaSetStatus = Wire<V1ReplicaSetStatus>;

export interface Failure {
  reason: 'FailedCreate' | 'FailedDelete';
  message: string;
}

export interface StatusDecision {
  status: ReplicaSetStatus;
  /** When the next ready pod becomes available. */
  checkAgainInMs?: number;
}

/** What a replica set's active pods add up to. `failure` is what kept this round from creating or deleting, if anything did. */
export function replicaSetStatus(
  replicaSet: ReplicaSet,
  pods: readonly Pod[],
  failure: Failure | undefined,
  nowMs: number,
): StatusDecision {
  const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
  const templateLabels = Object.entries(replicaSet.spec?.template?.metadata?.labels ?? {});
  const availability = pods.map((pod) => availableAtMs(pod, minReadySeconds)).filter((at) => at !== undefined);
  const later = availability.filter((at) => at > nowMs);
  const conditions = withFailure(replicaSet.status?.conditions ?? [], failure, nowMs);
  const status: ReplicaSetStatus = {
    replicas: pods.length,
    ...present('fullyLabeledReplicas', pods.filter((pod) => hasLabels(templateLabels, metaOf(pod).labels)).length),
    ...present('readyReplicas', availability.length),
    ...present('availableReplicas', availability.length - later.length),
    observedGeneration: metaOf(replicaSet).generation ?? 0,
    ...(conditions.length === 0 ? {} : { conditions }),
  };
  return { status, ...(later.length === 0 ? {} : { checkAgainInMs: Math.min(...later) - nowMs }) };
}

function withFailure(
  conditions: NonNullable<ReplicaSetStatus['conditions']>,
  failure: Failure | undefined,
  nowMs: number,
): NonNullable<ReplicaSetStatus['conditions']> {
  const others = conditions.filter(({ type }) => type !== 'ReplicaFailure');
  if (failure === undefined) return others;
  // The first failure stays: which of many equal ones came last says nothing.
  if (others.length < conditions.length) return conditions;
  return [...others, { type: 'ReplicaFailure', status: 'True', ...failure, lastTransitionTime: toTimestamp(nowMs) }];
}

function present<Key extends string>(key: Key, count: number): Partial<Record<Key, number>> {
  return count === 0 ? {} : ({ [key]: count } as Record<Key, number>);
}
