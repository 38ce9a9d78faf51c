import type { Pod, ReplicaSet } from '#shared/kube/wire.js';
import { nameOf, namespaceOf, uidOf } from '../machinery/object-feed.js';
import { controllerOf, controllerReference, type OwnerReference } from '../machinery/owner.js';

/** A generated name gets five letters more; with a longer prefix they would be cut off. */
const PREFIX_MAX_LENGTH = 248;

export function referenceTo(replicaSet: ReplicaSet): OwnerReference {
  return controllerReference(replicaSet, 'apps/v1', 'ReplicaSet');
}

/** A pod as the replica set's template says, owned by the replica set and named after it. */
export function podFromTemplate(replicaSet: ReplicaSet): Pod {
  const template = replicaSet.spec?.template;
  if (template?.spec === undefined) throw new Error(`replica set ${nameOf(replicaSet)} has no pod template`);
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${nameOf(replicaSet).slice(0, PREFIX_MAX_LENGTH)}-`,
      namespace: namespaceOf(replicaSet),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [referenceTo(replicaSet)],
    },
    spec: template.spec,
  };
}

/** The uid of the deployment behind a replica set, its own where there is none: what its pods have in common. */
export function familyOf(replicaSet: ReplicaSet): string {
  return controllerOf(replicaSet)?.uid ?? uidOf(replicaSet);
}
