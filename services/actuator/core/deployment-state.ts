import { z } from 'zod';
import type { Deployment, PodTemplateSpec } from '#shared/kube/wire.js';

/** Annotation: the count that waits until the pods of a new template are available. JSON, see `PendingCount`. */
export const PENDING_ANNOTATION = 'inferno.server.allocation.pendingreplicas';

const pendingCountSchema = z.object({
  replicas: z.int().nonnegative(),
  /** `spec.replicas` when this was written; another value later means that somebody else scaled meanwhile. */
  from: z.int().nonnegative(),
  /** ms since the epoch. */
  since: z.number(),
  why: z.string(),
});
export type PendingCount = z.infer<typeof pendingCountSchema>;

export type Container = NonNullable<PodTemplateSpec['spec']>['containers'][number];

/** `spec.replicas`; the API's own default is 1. */
export function replicasOf(deployment: Deployment): number {
  return deployment.spec?.replicas ?? 1;
}

export function templateOf(deployment: Deployment): PodTemplateSpec {
  return deployment.spec?.template ?? {};
}

/** The count that waits for a roll-out; an annotation that says nothing readable counts as none. */
export function pendingCountOf(deployment: Deployment): PendingCount | undefined {
  const text = deployment.metadata?.annotations?.[PENDING_ANNOTATION];
  if (text === undefined) return undefined;
  const parsed = pendingCountSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
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

/** Undefined for a text that is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
