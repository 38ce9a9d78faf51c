import type { Deployment, ReplicaSet } from '#shared/kube/wire.js';
import { metaOf } from '../machinery/object-feed.js';

export const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY_ANNOTATION = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS_ANNOTATION = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS_ANNOTATION = 'deployment.kubernetes.io/max-replicas';

/** Annotations that belong to the one object they stand on and are not handed from a deployment to its replica sets. */
const OWN_ANNOTATIONS: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  REVISION_ANNOTATION,
  REVISION_HISTORY_ANNOTATION,
  DESIRED_REPLICAS_ANNOTATION,
  MAX_REPLICAS_ANNOTATION,
]);

/** About 400 revisions; older ones fall out of the history. */
const HISTORY_MAX_CHARACTERS = 2000;

/** The revision that a replica set carries; 0 for none and for what is no number. */
export function revisionOf(replicaSet: ReplicaSet): number {
  return countFrom(metaOf(replicaSet).annotations?.[REVISION_ANNOTATION]) ?? 0;
}

/** A non-negative count in an annotation; undefined for anything else. */
export function countFrom(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** One more than any of the old replica sets ever was. */
export function nextRevision(oldReplicaSets: readonly ReplicaSet[]): number {
  return Math.max(0, ...oldReplicaSets.map(revisionOf)) + 1;
}

/**
 * The annotations of the replica set that is, or becomes, the newest: those of its deployment, and its revision, which only ever
 * rises. A replica set that becomes the newest again (a rollback) keeps the revisions it had in its history.
 */
export function newestAnnotations(
  deployment: Deployment,
  current: Readonly<Record<string, string>>,
  revision: number,
): Record<string, string> {
  const handedDown = Object.entries(metaOf(deployment).annotations ?? {}).filter(([key]) => !OWN_ANNOTATIONS.has(key));
  const annotations = { ...current, ...Object.fromEntries(handedDown) };
  const had = annotations[REVISION_ANNOTATION];
  const hadRevision = had === undefined ? 0 : countFrom(had);
  // Someone wrote a revision that is none: it is left as it stands.
  if (hadRevision === undefined || hadRevision >= revision) return annotations;
  annotations[REVISION_ANNOTATION] = String(revision);
  if (had !== undefined) annotations[REVISION_HISTORY_ANNOTATION] = appended(annotations[REVISION_HISTORY_ANNOTATION], had);
  return annotations;
}

function appended(history: string | undefined, revision: string): string {
  const revisions = [...(history ?? '').split(',').filter((text) => text !== ''), revision];
  while (revisions.length > 1 && revisions.join(',').length > HISTORY_MAX_CHARACTERS) revisions.shift();
  return revisions.join(',');
}
