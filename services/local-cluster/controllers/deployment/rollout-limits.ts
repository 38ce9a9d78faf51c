import type { Deployment } from '#shared/kube/wire.js';

export interface RolloutLimits {
  /** Pods beyond the desired count that may exist during a rollout. */
  maxSurge: number;
  /** Pods of the desired count that may be unavailable during a rollout. */
  maxUnavailable: number;
}

const DEFAULT_SHARE = '25%';

export function desiredReplicas(deployment: Deployment): number {
  return deployment.spec?.replicas ?? 1;
}

export function isRollingUpdate(deployment: Deployment): boolean {
  return (deployment.spec?.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
}

/**
 * The limits of a rolling update in pods. Percentages are of the desired count, the surge rounded up and the unavailable rounded
 * down; where both come out as 0, one pod may be unavailable, since nothing could move otherwise. 10 replicas at 25 %: surge 3,
 * unavailable 2. A Recreate deployment has neither.
 */
export function rolloutLimits(deployment: Deployment): RolloutLimits {
  if (!isRollingUpdate(deployment)) return { maxSurge: 0, maxUnavailable: 0 };
  const replicas = desiredReplicas(deployment);
  const { maxSurge: surge, maxUnavailable: unavailable } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const maxSurge = scaled(surge, replicas, Math.ceil);
  const rounded = scaled(unavailable, replicas, Math.floor);
  const maxUnavailable = maxSurge === 0 && rounded === 0 ? 1 : rounded;
  return { maxSurge, maxUnavailable: Math.min(maxUnavailable, replicas) };
}

function scaled(share: unknown, replicas: number, round: (pods: number) => number): number {
  const value = share ?? DEFAULT_SHARE;
  if (typeof value === 'number') return value;
  const text = typeof value === 'string' ? value : '';
  const percent = /^(\d+)%$/.exec(text);
  if (percent !== null) return round((Number(percent[1]) * replicas) / 100);
  const count = Number.parseInt(text, 10);
  return Number.isNaN(count) ? 0 : count;
}
