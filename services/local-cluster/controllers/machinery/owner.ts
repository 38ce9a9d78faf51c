import type { KubeObject } from '#shared/kube/wire.js';
import { type LabelSelector, matchesSelector } from './label-selector.js';
import { isBeingDeleted, keyOf, metaOf, namespaceOf, nameOf, type ObjectIndex, uidOf } from './object-feed.js';

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** The owner that manages an object: of all its owners the one marked as controller. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return metaOf(object).ownerReferences?.find(({ controller }) => controller === true);
}

/** The reference by which an object is managed. */
export function controllerReference(owner: KubeObject, apiVersion: string, kind: string): OwnerReference {
  return { apiVersion, kind, name: nameOf(owner), uid: uidOf(owner), controller: true, blockOwnerDeletion: true };
}

/** Index keys: an object stands under its controller's uid, one without a controller among the orphans of its namespace. */
export function controllerKeys(object: KubeObject): readonly string[] {
  return [controllerOf(object)?.uid ?? orphansOf(namespaceOf(object))];
}

export function orphansOf(namespace: string): string {
  return `orphans/${namespace}`;
}

interface Selecting extends KubeObject {
  spec?: { selector?: LabelSelector | undefined } | undefined;
}

/**
 * Keys of whom a change of an object concerns: its controller, where that is of this kind; of an orphan all that could adopt it.
 * @param candidates objects of this kind, by namespace
 */
export function keysOfOwners(object: KubeObject, kind: string, candidates: ObjectIndex<Selecting>): string[] {
  const owner = controllerOf(object);
  if (owner !== undefined) return owner.kind === kind ? [`${namespaceOf(object)}/${owner.name}`] : [];
  const { labels } = metaOf(object);
  return candidates
    .of(namespaceOf(object))
    .filter(({ spec }) => matchesSelector(spec?.selector, labels))
    .map(keyOf);
}

export type Claim = 'owned' | 'adopt' | 'release' | 'none';

/**
 * What a controller does about an object: keep what it owns and selects, adopt a matching orphan, release what it owns and no
 * longer selects. A controller that is being deleted takes nothing and releases nothing, and what is being deleted is not adopted.
 */
export function claimOf(controller: KubeObject, selector: LabelSelector | undefined, object: KubeObject): Claim {
  const owner = controllerOf(object);
  const isMatch = matchesSelector(selector, metaOf(object).labels);
  if (owner !== undefined) {
    if (owner.uid !== uidOf(controller)) return 'none';
    if (isMatch) return 'owned';
    return isBeingDeleted(controller) ? 'none' : 'release';
  }
  const isFree = isMatch && !isBeingDeleted(controller) && !isBeingDeleted(object);
  return isFree && namespaceOf(controller) === namespaceOf(object) ? 'adopt' : 'none';
}

/** A strategic merge patch that makes `owner` the controller of the object with this uid. */
export function adoptionPatch(owner: OwnerReference, uid: string): unknown {
  return { metadata: { uid, ownerReferences: [owner] } };
}

/** A strategic merge patch that takes owners off the object with this uid. */
export function releasePatch(ownerUids: readonly string[], uid: string): unknown {
  return { metadata: { uid, ownerReferences: ownerUids.map((owner) => ({ $patch: 'delete', uid: owner })) } };
}
