import type { Deployment } from '#shared/kube/wire.js';
import { byAge, isActive, lastingAvailable, type ReplicaSetDraft, scale, totalReplicas } from './replica-set-drafts.js';
import { desiredReplicas, isRollingUpdate, rolloutLimits } from './rollout-limits.js';

/**
 * The size to which the newest replica set may grow now: up to what is wanted, and with all others never past desired + maxSurge.
 * A Recreate deployment, whose old pods are gone by then, gets all at once.
 */
export function roomForNewest(deployment: Deployment, newest: ReplicaSetDraft, all: readonly ReplicaSetDraft[]): number {
  const desired = desiredReplicas(deployment);
  if (!isRollingUpdate(deployment)) return desired;
  const room = desired + rolloutLimits(deployment).maxSurge - totalReplicas(all);
  return room <= 0 ? newest.replicas : newest.replicas + Math.min(room, desired - newest.replicas);
}

/**
 * One step of a rolling update: the newest grows by what the surge allows; where it cannot, the old shrink by what availability
 * allows. Never both in one step, so that each is computed from sizes that have been written.
 */
export function stepRollingUpdate(deployment: Deployment, newest: ReplicaSetDraft, old: readonly ReplicaSetDraft[]): void {
  const desired = desiredReplicas(deployment);
  const size = newest.replicas > desired ? desired : roomForNewest(deployment, newest, [...old, newest]);
  if (size !== newest.replicas) scale(newest, size, deployment);
  else shrinkOld(deployment, newest, old);
}

/**
 * Takes pods from the old replica sets while at least desired − maxUnavailable stay available. Pods that are not available go first:
 * they hold room in the surge and give nothing. Pods of the newest that are still to become available count as neither here nor
 * there: with 10 wanted, 2 may be unavailable, 8 old and 5 new of which none is available, 13 − 8 − 5 = 0 may go.
 */
function shrinkOld(deployment: Deployment, newest: ReplicaSetDraft, old: readonly ReplicaSetDraft[]): void {
  const minAvailable = desiredReplicas(deployment) - rolloutLimits(deployment).maxUnavailable;
  const newestUnavailable = newest.replicas - lastingAvailable(newest);
  let removable = totalReplicas([...old, newest]) - minAvailable - newestUnavailable;
  const active = old.filter(isActive).sort(byAge);
  for (const draft of active) {
    const unavailable = draft.replicas - lastingAvailable(draft);
    removable -= take(deployment, draft, Math.min(unavailable, removable));
  }
  let spare = [...active, newest].reduce((sum, draft) => sum + lastingAvailable(draft), 0) - minAvailable;
  for (const draft of active) {
    spare -= take(deployment, draft, Math.min(draft.replicas, spare));
  }
}

function take(deployment: Deployment, draft: ReplicaSetDraft, pods: number): number {
  if (pods <= 0) return 0;
  scale(draft, draft.replicas - pods, deployment);
  return pods;
}
