import type { Deployment } from '#shared/kube/wire.js';
import { byAge, isActive, type ReplicaSetDraft, scale, totalReplicas } from './replica-set-drafts.js';
import { countFrom, DESIRED_REPLICAS_ANNOTATION, MAX_REPLICAS_ANNOTATION } from './revisions.js';
import { desiredReplicas, isRollingUpdate, rolloutLimits } from './rollout-limits.js';

/** Whether the deployment's size was changed since its replica sets were last sized. */
export function isScalingEvent(deployment: Deployment, drafts: readonly ReplicaSetDraft[]): boolean {
  return drafts.filter(isActive).some(({ annotations }) => {
    const sizedFor = countFrom(annotations[DESIRED_REPLICAS_ANNOTATION]);
    return sizedFor !== undefined && sizedFor !== desiredReplicas(deployment);
  });
}

/**
 * Brings a change of the deployment's size to its replica sets. One active (or only the latest) takes all of it. Several, in the
 * middle of a rollout, take shares in proportion to their size, so that the scaling neither hastens nor reverts the rollout: 10
 * replicas as 8 old + 5 new (surge 3) scaled to 20 (surge 5) become 15 + 10.
 */
export function scaleProportionally(
  deployment: Deployment,
  newest: ReplicaSetDraft | undefined,
  old: readonly ReplicaSetDraft[],
): void {
  const only = onlyActiveOrLatest(newest, old);
  if (only !== undefined) {
    scale(only, desiredReplicas(deployment), deployment);
    return;
  }
  if (newest !== undefined && isSaturated(deployment, newest)) {
    for (const draft of old.filter(isActive)) scale(draft, 0, deployment);
    return;
  }
  if (isRollingUpdate(deployment)) shareOut(deployment, [...old, ...(newest === undefined ? [] : [newest])].filter(isActive));
}

function onlyActiveOrLatest(newest: ReplicaSetDraft | undefined, old: readonly ReplicaSetDraft[]): ReplicaSetDraft | undefined {
  const all = newest === undefined ? [...old] : [...old, newest];
  const active = all.filter(isActive);
  if (active.length > 1) return undefined;
  return active[0] ?? newest ?? [...old].sort(byAge).at(-1);
}

/** The newest holds all that is wanted, and all of it is available. */
function isSaturated(deployment: Deployment, newest: ReplicaSetDraft): boolean {
  const desired = desiredReplicas(deployment);
  return (
    newest.replicas === desired &&
    countFrom(newest.annotations[DESIRED_REPLICAS_ANNOTATION]) === desired &&
    (newest.stored.status?.availableReplicas ?? 0) === desired
  );
}

function shareOut(deployment: Deployment, active: readonly ReplicaSetDraft[]): void {
  const desired = desiredReplicas(deployment);
  const allowed = desired > 0 ? desired + rolloutLimits(deployment).maxSurge : 0;
  const toAdd = allowed - totalReplicas(active);
  // The largest first; of equal ones the newer grow first and the older shrink first.
  const ordered = [...active].sort((a, b) => b.replicas - a.replicas || (toAdd > 0 ? byAge(b, a) : byAge(a, b)));
  let added = 0;
  const sizes = ordered.map((draft) => {
    const share = toAdd === 0 ? 0 : boundedShare(deployment, draft, allowed, toAdd - added);
    added += share;
    return draft.replicas + share;
  });
  ordered.forEach((draft, at) => {
    // What rounding leaves over goes to the largest.
    const size = (sizes[at] ?? 0) + (at === 0 ? toAdd - added : 0);
    scale(draft, Math.max(0, size), deployment);
  });
}

/** The part of the change that is this replica set's by proportion, and no more than is left to hand out. */
function boundedShare(deployment: Deployment, draft: ReplicaSetDraft, allowed: number, left: number): number {
  if (left === 0) return 0;
  const share = shareOf(deployment, draft, allowed);
  return left > 0 ? Math.min(share, left) : Math.max(share, left);
}

function shareOf(deployment: Deployment, draft: ReplicaSetDraft, allowed: number): number {
  if (desiredReplicas(deployment) === 0) return -draft.replicas;
  const before = countFrom(draft.annotations[MAX_REPLICAS_ANNOTATION]) ?? 0;
  const base = before === 0 ? (deployment.status?.replicas ?? 0) : before;
  return base === 0 ? 0 : Math.round((draft.replicas * allowed) / base) - draft.replicas;
}
