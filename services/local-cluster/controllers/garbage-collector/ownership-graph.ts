import type { KubeObject } from '#shared/kube/wire.js';
import type { ApiResource } from '../machinery/api-resources.js';
import { isBeingDeleted, metaOf, uidOf } from '../machinery/object-feed.js';
import type { OwnerReference } from '../machinery/owner.js';

export const FOREGROUND_FINALIZER = 'foregroundDeletion';
export const ORPHAN_FINALIZER = 'orphan';

/** An object of any kind, with what is needed to reach it. */
export interface OwnedObject {
  resource: ApiResource;
  object: KubeObject;
}

/** Who owns whom, by uid. An owner need not be known for its dependents to be found. */
export class OwnershipGraph {
  readonly #objects = new Map<string, OwnedObject>();
  readonly #dependents = new Map<string, Map<string, OwnedObject>>();

  get(uid: string): OwnedObject | undefined {
    return this.#objects.get(uid);
  }

  all(): readonly OwnedObject[] {
    return [...this.#objects.values()];
  }

  dependentsOf(uid: string): readonly OwnedObject[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])];
  }

  put(owned: OwnedObject): void {
    const uid = uidOf(owned.object);
    this.remove(uid);
    this.#objects.set(uid, owned);
    for (const owner of ownersOf(owned.object)) {
      const dependents = this.#dependents.get(owner.uid) ?? new Map<string, OwnedObject>();
      dependents.set(uid, owned);
      this.#dependents.set(owner.uid, dependents);
    }
  }

  remove(uid: string): void {
    const known = this.#objects.get(uid);
    if (known === undefined) return;
    this.#objects.delete(uid);
    for (const owner of ownersOf(known.object)) {
      const dependents = this.#dependents.get(owner.uid);
      if (dependents?.delete(uid) === true && dependents.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}

export function ownersOf(object: KubeObject): readonly OwnerReference[] {
  return metaOf(object).ownerReferences ?? [];
}

export function hasFinalizer(object: KubeObject, finalizer: string): boolean {
  return metaOf(object).finalizers?.includes(finalizer) === true;
}

/** Waits for those of its dependents that block it. */
export function isDeletingDependents(object: KubeObject): boolean {
  return isBeingDeleted(object) && hasFinalizer(object, FOREGROUND_FINALIZER);
}

/** Wants its dependents to outlive it. */
export function isOrphaningDependents(object: KubeObject): boolean {
  return isBeingDeleted(object) && hasFinalizer(object, ORPHAN_FINALIZER);
}

/** Whether this dependent keeps the owner from going. */
export function blocks(dependent: KubeObject, ownerUid: string): boolean {
  return ownersOf(dependent).some(({ uid, blockOwnerDeletion }) => uid === ownerUid && blockOwnerDeletion === true);
}
