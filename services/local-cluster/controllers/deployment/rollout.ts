import type { Deployment, ReplicaSet } from '#shared/kube/wire.js';
import { isBeingDeleted, metaOf, nameOf, namespaceOf, uidOf } from '../machinery/object-feed.js';
import { controllerOf, controllerReference } from '../machinery/owner.js';
import { conditionOf, type DeploymentCondition, type NewCondition, withCondition } from './conditions.js';
import {
  type DeploymentStatus,
  hasProgressDeadline,
  isComplete,
  observedStatus,
  progressCheckInMs,
  rolloutStatus,
  type StatusInput,
} from './deployment-status.js';
import { isScalingEvent, scaleProportionally } from './proportional-scale.js';
import { byAge, draftOf, isActive, isChanged, isSpent, type ReplicaSetDraft, scale, writtenFrom } from './replica-set-drafts.js';
import { newestAnnotations, nextRevision, REVISION_ANNOTATION, revisionOf } from './revisions.js';
import { roomForNewest, stepRollingUpdate } from './rolling-update.js';
import { desiredReplicas, isRollingUpdate } from './rollout-limits.js';
import { isSameTemplate, POD_TEMPLATE_HASH_LABEL, replicaSetName, templateHash } from './template-hash.js';

export interface RolloutView {
  deployment: Deployment;
  /** The replica sets that the deployment owns and selects. */
  replicaSets: readonly ReplicaSet[];
  /** Whether a pod that may still run belongs to this replica set; asked only for Recreate. */
  hasRunningPods: (replicaSet: ReplicaSet) => boolean;
  nowMs: number;
}

export type ReplicaSetStep =
  | { kind: 'create'; body: ReplicaSet }
  | { kind: 'update'; body: ReplicaSet; from: number; to: number }
  | { kind: 'delete'; replicaSet: ReplicaSet };

export interface RolloutPlan {
  /** In this order; one that fails ends the round, and the next starts from what is there then. */
  steps: readonly ReplicaSetStep[];
  /** The deployment's revision annotation, where it is to change. */
  revision?: string;
  status: DeploymentStatus;
  checkAgainInMs?: number;
}

/**
 * What is to be done about a deployment now: one step of its rollout, or the sharing out of a new size, and the status to show.
 * Deciding the same view twice gives the same plan, and a plan that is carried out twice changes nothing the second time, since
 * every write is bound to the resourceVersion it was decided from.
 */
export function planRollout({ deployment, replicaSets, hasRunningPods, nowMs }: RolloutView): RolloutPlan {
  const drafts = replicaSets.map((replicaSet) => draftOf(replicaSet)).sort(byAge);
  // Of several with the template (left by an older way of hashing) the oldest, always.
  let newest = drafts.find(({ stored }) => isSameTemplate(stored.spec?.template, deployment.spec?.template));
  const old = drafts.filter((draft) => draft !== newest);
  let conditions = [...(deployment.status?.conditions ?? [])];
  const progress = (reason: string, message: string, status: NewCondition['status'] = 'True'): void => {
    conditions = withCondition(conditions, { type: 'Progressing', status, reason, message }, nowMs);
  };
  const finish = (status: (input: StatusInput) => DeploymentStatus, steps: readonly ReplicaSetStep[]): RolloutPlan => {
    const all = newest === undefined ? old : [...old, newest];
    return complete(deployment, newest, steps, status({ ...input(conditions), newest, all }), nowMs);
  };
  const input = (so: DeploymentCondition[]) => ({
    deployment,
    conditions: so,
    collisionCount: deployment.status?.collisionCount,
    nowMs,
  });

  if (isBeingDeleted(deployment)) return finish(observedStatus, []);

  if (newest !== undefined) makeNewest(deployment, newest, old);
  if (hasProgressDeadline(deployment)) {
    notePause(deployment, conditions, progress);
    if (newest !== undefined && conditionOf(conditions, 'Progressing') === undefined) {
      progress('FoundNewReplicaSet', `Found new replica set "${nameOf(newest.stored)}"`);
    }
  }

  const isPaused = deployment.spec?.paused === true;
  if (isPaused || isScalingEvent(deployment, drafts)) {
    scaleProportionally(deployment, newest, old);
    return finish(observedStatus, [...updates(drafts), ...(isPaused ? cleanup(deployment, old) : [])]);
  }

  if (!isRollingUpdate(deployment)) {
    const active = old.filter(isActive);
    for (const draft of active) scale(draft, 0, deployment);
    // First all old pods go, those still terminating included; only then come new ones.
    if (active.length > 0 || old.some(({ stored }) => (stored.status?.replicas ?? 0) > 0 || hasRunningPods(stored))) {
      return finish(rolloutStatus, updates(drafts));
    }
  }

  if (newest === undefined) {
    newest = createNewest(deployment, old);
    if (hasProgressDeadline(deployment)) progress('NewReplicaSetCreated', `Created new replica set "${nameOf(newest.stored)}"`);
    return finish(rolloutStatus, [{ kind: 'create', body: writtenFrom(newest) }]);
  }

  if (isRollingUpdate(deployment)) stepRollingUpdate(deployment, newest, old);
  else if (newest.replicas !== desiredReplicas(deployment)) scale(newest, desiredReplicas(deployment), deployment);
  const isDone = isComplete(deployment, deployment.status ?? {});
  return finish(rolloutStatus, [...updates(drafts), ...(isDone ? cleanup(deployment, old) : [])]);
}

function complete(
  deployment: Deployment,
  newest: ReplicaSetDraft | undefined,
  steps: readonly ReplicaSetStep[],
  status: DeploymentStatus,
  nowMs: number,
): RolloutPlan {
  const revision = newest?.annotations[REVISION_ANNOTATION];
  const isNews = revision !== undefined && revision !== metaOf(deployment).annotations?.[REVISION_ANNOTATION];
  const checkAgainInMs = progressCheckInMs(deployment, status, nowMs);
  return {
    steps,
    status,
    ...(isNews ? { revision } : {}),
    ...(checkAgainInMs === undefined ? {} : { checkAgainInMs }),
  };
}

/** Pausing stops the clock of the progress deadline, resuming starts it anew; a deadline that was missed stays missed. */
function notePause(
  deployment: Deployment,
  conditions: readonly DeploymentCondition[],
  progress: (reason: string, message: string, status: NewCondition['status']) => void,
): void {
  const reason = conditionOf(conditions, 'Progressing')?.reason;
  if (reason === 'ProgressDeadlineExceeded') return;
  const isPaused = deployment.spec?.paused === true;
  if (isPaused && reason !== 'DeploymentPaused') progress('DeploymentPaused', 'Deployment is paused', 'Unknown');
  if (!isPaused && reason === 'DeploymentPaused') progress('DeploymentResumed', 'Deployment is resumed', 'Unknown');
}

function makeNewest(deployment: Deployment, newest: ReplicaSetDraft, old: readonly ReplicaSetDraft[]): void {
  const revision = nextRevision(old.map(({ stored }) => stored));
  newest.annotations = newestAnnotations(deployment, newest.annotations, revision);
  newest.minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
}

/** The replica set for the deployment's template: named and labelled by the template's hash, as large as the limits allow at once. */
function createNewest(deployment: Deployment, old: readonly ReplicaSetDraft[]): ReplicaSetDraft {
  const { spec } = deployment;
  if (spec === undefined) throw new Error(`deployment ${nameOf(deployment)} has no spec`);
  const hash = templateHash(spec.template, deployment.status?.collisionCount);
  const labels = { ...spec.template.metadata?.labels, [POD_TEMPLATE_HASH_LABEL]: hash };
  const body: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: replicaSetName(nameOf(deployment), hash),
      namespace: namespaceOf(deployment),
      labels,
      ownerReferences: [controllerReference(deployment, 'apps/v1', 'Deployment')],
    },
    spec: {
      replicas: 0,
      selector: { ...spec.selector, matchLabels: { ...spec.selector.matchLabels, [POD_TEMPLATE_HASH_LABEL]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  };
  const newest = draftOf(body, true);
  makeNewest(deployment, newest, old);
  scale(newest, roomForNewest(deployment, newest, [...old, newest]), deployment);
  return newest;
}

function updates(drafts: readonly ReplicaSetDraft[]): ReplicaSetStep[] {
  return drafts.filter(isChanged).map((draft) => ({
    kind: 'update',
    body: writtenFrom(draft),
    from: draftOf(draft.stored).replicas,
    to: draft.replicas,
  }));
}

/** Deletes idle replica sets beyond the history that the deployment keeps, the lowest revisions first. */
function cleanup(deployment: Deployment, old: readonly ReplicaSetDraft[]): ReplicaSetStep[] {
  const keep = deployment.spec?.revisionHistoryLimit;
  if (keep === undefined) return [];
  const kept = old.filter(({ stored }) => !isBeingDeleted(stored));
  return kept
    .sort((a, b) => revisionOf(a.stored) - revisionOf(b.stored) || byAge(a, b))
    .slice(0, Math.max(0, kept.length - keep))
    .filter(isSpent)
    .map(({ stored }) => ({ kind: 'delete', replicaSet: stored }));
}

/** Whether an existing object of the name that a new replica set was to get is that replica set, merely not seen yet. */
export function isOwnReplicaSet(deployment: Deployment, existing: ReplicaSet): boolean {
  return controllerOf(existing)?.uid === uidOf(deployment) && isSameTemplate(existing.spec?.template, deployment.spec?.template);
}
