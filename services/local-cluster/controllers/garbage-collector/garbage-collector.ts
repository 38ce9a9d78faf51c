import { isNotFound } from '#shared/kube/kube-error.js';
import type { KubeObject } from '#shared/kube/wire.js';
import { unlessGone } from '../machinery/api-refusals.js';
import { type ApiResource, resourceOf } from '../machinery/api-resources.js';
import type { Controller, ControllerContext } from '../machinery/controller-context.js';
import { follow, isBeingDeleted, metaOf, nameOf, namespaceOf, type ObjectFeed, uidOf } from '../machinery/object-feed.js';
import { type OwnerReference, releasePatch } from '../machinery/owner.js';
import { createWorkQueue } from '../machinery/work-queue.js';
import { decideFate, type OwnerState } from './decide-fate.js';
import {
  blocks,
  FOREGROUND_FINALIZER,
  isDeletingDependents,
  isOrphaningDependents,
  ORPHAN_FINALIZER,
  type OwnedObject,
  OwnershipGraph,
  ownersOf,
} from './ownership-graph.js';

const NAME = 'garbage-collector';
const WORKERS = 8;

/** A kind of object that can own and be owned, with its objects. */
export interface CollectedKind {
  resource: ApiResource;
  feed: ObjectFeed<KubeObject>;
}

/**
 * Deletes what has lost its owners, and carries out deletions in the foreground (dependents first) and as an orphaner (dependents
 * stay). Nothing is deleted on the word of a cache alone: that an owner is gone is asked of the API server, and the deletion is bound
 * to the very version of the object that was judged.
 */
export function startGarbageCollector(
  context: ControllerContext,
  kinds: readonly CollectedKind[],
  resources: readonly ApiResource[],
): Controller {
  const { client, clock, logger } = context;
  const graph = new OwnershipGraph();
  const queue = createWorkQueue({ name: NAME, clock, logger, workers: WORKERS, reconcile });
  let isComplete = false;

  const ends = kinds.map(({ resource, feed }) =>
    follow(feed, {
      added: (object) => {
        graph.put({ resource, object });
        if (isComplete) consider(object);
      },
      updated: (object, previous) => {
        graph.put({ resource, object });
        consider(object);
        const owners = new Set(ownersOf(object).map(({ uid }) => uid));
        considerWaiting(ownersOf(previous).filter(({ uid }) => !owners.has(uid) || !blocks(object, uid)));
      },
      removed: (object) => {
        graph.remove(uidOf(object));
        for (const dependent of graph.dependentsOf(uidOf(object))) queue.add(uidOf(dependent.object));
        considerWaiting(ownersOf(object));
      },
    }),
  );
  // Only now is an owner that is not there one that is missing, and not one of a kind that was still to come.
  isComplete = true;
  for (const { object } of graph.all()) consider(object);

  function consider(object: KubeObject): void {
    const isWaiting = isDeletingDependents(object) || isOrphaningDependents(object);
    const hasLostOwner = !isBeingDeleted(object) && ownersOf(object).some(({ uid }) => isLost(object, uid));
    if (isWaiting || hasLostOwner) queue.add(uidOf(object));
  }

  function isLost(dependent: KubeObject, ownerUid: string): boolean {
    const owner = inReachOf(dependent, ownerUid);
    return owner === undefined || isDeletingDependents(owner);
  }

  /** The owner as the caches have it: one of the cluster, or of the dependent's own namespace. */
  function inReachOf(dependent: KubeObject, ownerUid: string): KubeObject | undefined {
    const owner = graph.get(ownerUid);
    if (owner === undefined) return undefined;
    return owner.resource.namespaced && namespaceOf(owner.object) !== namespaceOf(dependent) ? undefined : owner.object;
  }

  /** One of their dependents went: they may have been waiting for that. */
  function considerWaiting(owners: readonly OwnerReference[]): void {
    for (const { uid } of owners) {
      const owner = graph.get(uid)?.object;
      if (owner !== undefined && isDeletingDependents(owner)) queue.add(uid);
    }
  }

  async function reconcile(uid: string): Promise<undefined> {
    const item = graph.get(uid);
    if (item === undefined) return undefined;
    if (isOrphaningDependents(item.object)) await orphanDependents(item);
    else if (isDeletingDependents(item.object)) await awaitDependents(item);
    else if (!isBeingDeleted(item.object)) await judge(item);
    return undefined;
  }

  async function judge(item: OwnedObject): Promise<void> {
    const { object, resource } = item;
    const owners = await Promise.all(
      ownersOf(object).map(async (reference) => ({ reference, state: await stateOf(object, reference) })),
    );
    const fate = decideFate(object, owners, graph.dependentsOf(uidOf(object)).length > 0);
    if (fate.kind === 'keep') return;
    const path = resource.object(namespaceOf(object), nameOf(object));
    if (fate.kind === 'disown') {
      await unlessGone(client.patch(path, 'strategic', releasePatch(fate.uids, uidOf(object))));
      return;
    }
    const { resourceVersion } = metaOf(object);
    const preconditions = { uid: uidOf(object), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy: fate.propagationPolicy };
    await unlessGone(client.delete(path, options));
    logger.debug('deleted for want of an owner', { kind: resource.kind, namespace: namespaceOf(object), name: nameOf(object) });
  }

  async function stateOf(dependent: KubeObject, reference: OwnerReference): Promise<OwnerState> {
    const owner = (await knownOwner(dependent, reference)) ?? 'gone';
    if (owner === 'gone' || owner === 'alive') return owner;
    return isDeletingDependents(owner) && reference.blockOwnerDeletion === true ? 'waiting' : 'alive';
  }

  /** The owner as the caches have it, else as the API server says. A kind that nobody knows is no proof that the owner is gone. */
  async function knownOwner(dependent: KubeObject, reference: OwnerReference): Promise<KubeObject | 'alive' | undefined> {
    const cached = inReachOf(dependent, reference.uid);
    if (cached !== undefined) return cached;
    const namespace = namespaceOf(dependent);
    const resource = resourceOf(resources, reference.apiVersion, reference.kind);
    if (resource === undefined || (resource.namespaced && namespace === '')) return 'alive';
    try {
      const owner = await client.get<KubeObject>(resource.object(namespace, reference.name));
      return uidOf(owner) === reference.uid ? owner : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async function awaitDependents(owner: OwnedObject): Promise<void> {
    const uid = uidOf(owner.object);
    const blocking = graph.dependentsOf(uid).filter(({ object }) => blocks(object, uid));
    if (blocking.length === 0) await removeFinalizer(owner, FOREGROUND_FINALIZER);
    for (const { object } of blocking) if (!isDeletingDependents(object)) queue.add(uidOf(object));
  }

  async function orphanDependents(owner: OwnedObject): Promise<void> {
    const uid = uidOf(owner.object);
    await Promise.all(
      graph.dependentsOf(uid).map(({ object, resource }) => {
        const path = resource.object(namespaceOf(object), nameOf(object));
        return unlessGone(client.patch(path, 'strategic', releasePatch([uid], uidOf(object))));
      }),
    );
    await removeFinalizer(owner, ORPHAN_FINALIZER);
  }

  async function removeFinalizer({ object, resource }: OwnedObject, finalizer: string): Promise<void> {
    const { resourceVersion, finalizers = [] } = metaOf(object);
    const metadata = { resourceVersion, finalizers: finalizers.filter((name) => name !== finalizer) };
    await unlessGone(client.patch(resource.object(namespaceOf(object), nameOf(object)), 'merge', { metadata }));
  }

  return {
    stop: () => {
      for (const end of ends) end();
      return queue.stop();
    },
  };
}
