import type { Deployment, ReplicaSet } from '#shared/kube/wire.js';
import { isBeingDeleted, metaOf, nameOf } from '../machinery/object-feed.js';
import { isSameContent } from '../machinery/same-content.js';
import { fromTimestamp } from '../machinery/timestamps.js';
import { DESIRED_REPLICAS_ANNOTATION, MAX_REPLICAS_ANNOTATION } from './revisions.js';
import { desiredReplicas, rolloutLimits } from './rollout-limits.js';

/** A replica set with what the plan wants of it. */
export interface ReplicaSetDraft {
  readonly stored: ReplicaSet;
  readonly isNew: boolean;
  replicas: number;
  minReadySeconds: number;
  annotations: Record<string, string>;
}

export function draftOf(stored: ReplicaSet, isNew = false): ReplicaSetDraft {
  return {
    stored,
    isNew,
    replicas: isNew ? 0 : storedReplicas(stored),
    minReadySeconds: stored.spec?.minReadySeconds ?? 0,
    annotations: { ...metaOf(stored).annotations },
  };
}

export function storedReplicas(replicaSet: ReplicaSet): number {
  return replicaSet.spec?.replicas ?? 1;
}

export function isActive({ replicas }: ReplicaSetDraft): boolean {
  return replicas > 0;
}

export function isChanged(draft: ReplicaSetDraft): boolean {
  return (
    draft.replicas !== storedReplicas(draft.stored) ||
    draft.minReadySeconds !== (draft.stored.spec?.minReadySeconds ?? 0) ||
    !isSameContent(draft.annotations, metaOf(draft.stored).annotations)
  );
}

/** The object to write for a draft. */
export function writtenFrom({ stored, replicas, minReadySeconds, annotations }: ReplicaSetDraft): ReplicaSet {
  const { spec } = stored;
  if (spec === undefined) throw new Error(`replica set ${nameOf(stored)} has no spec`);
  return {
    ...stored,
    // Items of a list come without them.
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { ...metaOf(stored), annotations },
    spec: { ...spec, replicas, ...(minReadySeconds === 0 && spec.minReadySeconds === undefined ? {} : { minReadySeconds }) },
  };
}

/** Sets the size, and notes for which size of the deployment it was chosen, so that a later change of that is recognized. */
export function scale(draft: ReplicaSetDraft, replicas: number, deployment: Deployment): void {
  draft.replicas = replicas;
  const desired = desiredReplicas(deployment);
  draft.annotations[DESIRED_REPLICAS_ANNOTATION] = String(desired);
  draft.annotations[MAX_REPLICAS_ANNOTATION] = String(desired + rolloutLimits(deployment).maxSurge);
}

export function totalReplicas(drafts: readonly ReplicaSetDraft[]): number {
  return drafts.reduce((sum, { replicas }) => sum + replicas, 0);
}

/**
 * Available pods that certainly stay: the status of a replica set that was just made smaller still counts pods that are about to go.
 */
export function lastingAvailable({ stored, replicas }: ReplicaSetDraft): number {
  return Math.min(stored.status?.availableReplicas ?? 0, replicas);
}

/** Oldest first; the name decides between those of the same second. */
export function byAge(left: ReplicaSetDraft, right: ReplicaSetDraft): number {
  const [leftMs = 0, rightMs = 0] = [left, right].map(({ stored }) => fromTimestamp(metaOf(stored).creationTimestamp));
  return leftMs - rightMs || (nameOf(left.stored) < nameOf(right.stored) ? -1 : 1);
}

/** Idle history that may be deleted: no pods, none wanted, and its controller has seen that. */
export function isSpent({ stored, replicas }: ReplicaSetDraft): boolean {
  const { generation = 0 } = metaOf(stored);
  const { observedGeneration = 0, replicas: pods = 0 } = stored.status ?? {};
  return (
    replicas === 0 && storedReplicas(stored) === 0 && pods === 0 && generation <= observedGeneration && !isBeingDeleted(stored)
  );
}
