import type { Deployment, PodTemplateSpec } from '#shared/kube/wire.js';

export type Container = NonNullable<PodTemplateSpec['spec']>['containers'][number];

/** `spec.replicas`; the API's own default is 1. */
export function replicasOf(deployment: Deployment): number {
  return deployment.spec?.replicas ?? 1;
}

export function templateOf(deployment: Deployment): PodTemplateSpec {
  return deployment.spec?.template ?? {};
}

/**
 * Whether every pod is of the newest template and available. The status counts only when it is about the newest generation:
 * right after a patch it still describes the pods of the old template as all there.
 */
export function isRolledOut(deployment: Deployment): boolean {
  const { metadata, status } = deployment;
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return false;
  const wanted = replicasOf(deployment);
  return [status?.replicas, status?.updatedReplicas, status?.availableReplicas].every((count) => (count ?? 0) === wanted);
}

/** Whether pods of an older template may still serve. Pods that merely start, or find no place, do not count. */
export function mayHaveOldPods({ metadata, status }: Deployment): boolean {
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return true;
  return (status?.updatedReplicas ?? 0) < (status?.replicas ?? 0);
}
