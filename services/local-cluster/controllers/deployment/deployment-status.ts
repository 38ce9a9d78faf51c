import type { V1DeploymentStatus } from '@kubernetes/client-node';
import type { Deployment, ReplicaSet, Wire } from '#shared/kube/wire.js';
import { metaOf, nameOf } from '../machinery/object-feed.js';
import { fromTimestamp } from '../machinery/timestamps.js';
import { conditionOf, type DeploymentCondition, renewed, withCondition, without } from './conditions.js';
import { type ReplicaSetDraft, totalReplicas } from './replica-set-drafts.js';
import { desiredReplicas, rolloutLimits } from './rollout-limits.js';

export type DeploymentStatus = Wire<V1DeploymentStatus>;

/** A deployment that sets this, or nothing, has no deadline. */
const NO_LIMIT = 2 ** 31 - 1;

export interface StatusInput {
  deployment: Deployment;
  newest: ReplicaSetDraft | undefined;
  /** With the newest. */
  all: readonly ReplicaSetDraft[];
  /** The conditions so far, those of this step included. */
  conditions: readonly DeploymentCondition[];
  collisionCount: number | undefined;
  nowMs: number;
}

/** The status as the replica sets' own statuses add up, with the Available condition. */
export function observedStatus({ deployment, newest, all, conditions, collisionCount, nowMs }: StatusInput): DeploymentStatus {
  const sum = (count: (replicaSet: ReplicaSet) => number | undefined): number =>
    all.reduce((total, { stored }) => total + (count(stored) ?? 0), 0);
  const availableReplicas = sum(({ status }) => status?.availableReplicas);
  const needed = desiredReplicas(deployment) - rolloutLimits(deployment).maxUnavailable;
  const isAvailable = availableReplicas >= needed;
  return {
    observedGeneration: metaOf(deployment).generation ?? 0,
    ...present(
      'replicas',
      sum(({ status }) => status?.replicas),
    ),
    ...present('updatedReplicas', newest?.stored.status?.replicas ?? 0),
    ...present(
      'readyReplicas',
      sum(({ status }) => status?.readyReplicas),
    ),
    ...present('availableReplicas', availableReplicas),
    ...present('unavailableReplicas', Math.max(0, totalReplicas(all) - availableReplicas)),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: withCondition(
      conditions,
      isAvailable
        ? {
            type: 'Available',
            status: 'True',
            reason: 'MinimumReplicasAvailable',
            message: 'Deployment has minimum availability.',
          }
        : {
            type: 'Available',
            status: 'False',
            reason: 'MinimumReplicasUnavailable',
            message: 'Deployment does not have minimum availability.',
          },
      nowMs,
    ),
  };
}

/** Kubernetes leaves counts of zero out of this status. */
function present<Key extends string>(key: Key, count: number): Partial<Record<Key, number>> {
  return count === 0 ? {} : ({ [key]: count } as Record<Key, number>);
}

/** The status during a rollout: as observed, with how far the rollout is (Progressing) and whether pods cannot be made. */
export function rolloutStatus(input: StatusInput): DeploymentStatus {
  const { newest, all, nowMs } = input;
  const status = observedStatus(input);
  status.conditions = progressConditions(input, status);
  const failure = replicaFailure(newest, all);
  status.conditions =
    failure === undefined
      ? without(status.conditions, 'ReplicaFailure')
      : withCondition(
          status.conditions,
          {
            type: 'ReplicaFailure',
            status: 'True',
            reason: failure.reason ?? '',
            message: failure.message ?? '',
          },
          nowMs,
        );
  return status;
}

function progressConditions({ deployment, newest, nowMs }: StatusInput, status: DeploymentStatus): DeploymentCondition[] {
  const conditions = status.conditions ?? [];
  if (!hasProgressDeadline(deployment)) return without(conditions, 'Progressing');
  const current = conditionOf(conditions, 'Progressing');
  const isSettled = status.replicas === status.updatedReplicas && current?.reason === 'NewReplicaSetAvailable';
  if (isSettled) return conditions;
  const what = newest === undefined ? `Deployment "${nameOf(deployment)}"` : `ReplicaSet "${nameOf(newest.stored)}"`;
  if (isComplete(deployment, status)) {
    return withCondition(
      conditions,
      {
        type: 'Progressing',
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message: `${what} has successfully progressed.`,
      },
      nowMs,
    );
  }
  if (hasProgressed(deployment.status ?? {}, status)) {
    return renewed(
      conditions,
      {
        type: 'Progressing',
        status: 'True',
        reason: 'ReplicaSetUpdated',
        message: `${what} is progressing.`,
      },
      nowMs,
    );
  }
  if (!isTimedOut(deployment, current, nowMs)) return conditions;
  return withCondition(
    conditions,
    {
      type: 'Progressing',
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
      message: `${what} has timed out progressing.`,
    },
    nowMs,
  );
}

/** All that is wanted is there, of the newest template, available, and nothing else. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const desired = desiredReplicas(deployment);
  return (
    (status.updatedReplicas ?? 0) === desired &&
    (status.replicas ?? 0) === desired &&
    (status.availableReplicas ?? 0) === desired &&
    (status.observedGeneration ?? 0) >= (metaOf(deployment).generation ?? 0)
  );
}

function hasProgressed(before: DeploymentStatus, now: DeploymentStatus): boolean {
  const oldPods = (status: DeploymentStatus): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (now.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    oldPods(now) < oldPods(before) ||
    (now.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

export function hasProgressDeadline(deployment: Deployment): boolean {
  const deadline = deployment.spec?.progressDeadlineSeconds;
  return deadline !== undefined && deadline !== NO_LIMIT;
}

function isTimedOut(deployment: Deployment, progressing: DeploymentCondition | undefined, nowMs: number): boolean {
  if (progressing?.reason === 'ProgressDeadlineExceeded') return true;
  // A finished rollout: the condition of the one that begins now is not written yet.
  if (progressing === undefined || progressing.reason === 'NewReplicaSetAvailable') return false;
  return deadlineMs(deployment, progressing) < nowMs;
}

function deadlineMs(deployment: Deployment, progressing: DeploymentCondition): number {
  return (fromTimestamp(progressing.lastUpdateTime) ?? 0) + (deployment.spec?.progressDeadlineSeconds ?? 0) * 1000;
}

/** When to look whether a rollout without news has outlived its deadline; undefined where there is none to watch. */
export function progressCheckInMs(deployment: Deployment, status: DeploymentStatus, nowMs: number): number | undefined {
  const progressing = conditionOf(status.conditions ?? [], 'Progressing');
  if (!hasProgressDeadline(deployment) || progressing === undefined) return undefined;
  if (isComplete(deployment, status) || progressing.reason === 'ProgressDeadlineExceeded') return undefined;
  // A second more, since the condition's time has lost its fraction.
  return Math.max(0, deadlineMs(deployment, progressing) - nowMs) + 1000;
}

function replicaFailure(newest: ReplicaSetDraft | undefined, all: readonly ReplicaSetDraft[]) {
  const failures = (drafts: readonly ReplicaSetDraft[]) =>
    drafts.flatMap(({ stored }) => stored.status?.conditions ?? []).filter(({ type }) => type === 'ReplicaFailure');
  return [...failures(newest === undefined ? [] : [newest]), ...failures(all)][0];
}
