import type { V1DeploymentCondition } from '@kubernetes/client-node';
import type { Wire } from '#shared/kube/wire.js';
import { toTimestamp } from '../machinery/timestamps.js';

export type DeploymentCondition = Wire<V1DeploymentCondition>;

export interface NewCondition {
  type: 'Available' | 'Progressing' | 'ReplicaFailure';
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
}

export function conditionOf(conditions: readonly DeploymentCondition[], type: string): DeploymentCondition | undefined {
  return conditions.find((condition) => condition.type === type);
}

export function without(conditions: readonly DeploymentCondition[], type: string): DeploymentCondition[] {
  return conditions.filter((condition) => condition.type !== type);
}

/**
 * Puts a condition in place of the one of its type. Same status and reason: nothing changes, times and message included. Same
 * status: the transition keeps its time.
 */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  added: NewCondition,
  nowMs: number,
): DeploymentCondition[] {
  const current = conditionOf(conditions, added.type);
  if (current?.status === added.status && current.reason === added.reason) return [...conditions];
  return [...without(conditions, added.type), stamped(added, current, nowMs)];
}

/** As `withCondition`, but a repetition counts as news: its update time says when there was progress last. */
export function renewed(conditions: readonly DeploymentCondition[], added: NewCondition, nowMs: number): DeploymentCondition[] {
  return [...without(conditions, added.type), stamped(added, conditionOf(conditions, added.type), nowMs)];
}

function stamped(added: NewCondition, current: DeploymentCondition | undefined, nowMs: number): DeploymentCondition {
  const now = toTimestamp(nowMs);
  const sinceBefore = current?.status === added.status ? current.lastTransitionTime : undefined;
  return { ...added, lastUpdateTime: now, lastTransitionTime: sinceBefore ?? now };
}
