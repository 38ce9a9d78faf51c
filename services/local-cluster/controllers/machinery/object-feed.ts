import type { KubeObject, ObjectMeta } from '#shared/kube/wire.js';
import type { WatchCache } from '#shared/kube/watch-cache.js';

/** What the controllers need of a watch cache: the objects as last seen, and to be told of changes. */
export type ObjectFeed<T extends KubeObject> = Pick<WatchCache<T>, 'list' | 'get' | 'onChange'>;

export interface FeedHandlers<T> {
  added?(object: T): void;
  updated?(object: T, previous: T): void;
  removed?(object: T): void;
}

/**
 * Hands out the changes of a feed by identity: an object that was replaced by another one of the same name between two lists is
 * one that went and one that came, though the cache, keyed by name, calls it modified. Objects that are there already count as added.
 */
export function follow<T extends KubeObject>(feed: ObjectFeed<T>, handlers: FeedHandlers<T>): () => void {
  const end = feed.onChange((type, object, previous) => {
    if (type === 'deleted') handlers.removed?.(object);
    else if (previous === undefined) handlers.added?.(object);
    else if (previous.metadata?.uid === object.metadata?.uid) handlers.updated?.(object, previous);
    else {
      handlers.removed?.(previous);
      handlers.added?.(object);
    }
  });
  for (const object of feed.list()) handlers.added?.(object);
  return end;
}

export interface ObjectIndex<T> {
  /** The objects under a key, in no particular order. */
  of(key: string): readonly T[];
}

/** Keeps the objects of a feed by keys of their own, so that an event costs what it concerns and not a walk over everything. */
export function indexBy<T extends KubeObject>(feed: ObjectFeed<T>, keysOf: (object: T) => readonly string[]): ObjectIndex<T> {
  const buckets = new Map<string, Map<string, T>>();

  function put(object: T): void {
    for (const key of keysOf(object)) {
      const bucket = buckets.get(key) ?? new Map<string, T>();
      bucket.set(uidOf(object), object);
      buckets.set(key, bucket);
    }
  }

  function remove(object: T): void {
    for (const key of keysOf(object)) {
      const bucket = buckets.get(key);
      if (bucket?.delete(uidOf(object)) === true && bucket.size === 0) buckets.delete(key);
    }
  }

  follow(feed, {
    added: put,
    removed: remove,
    updated: (object, previous) => {
      remove(previous);
      put(object);
    },
  });
  return { of: (key) => [...(buckets.get(key)?.values() ?? [])] };
}

/** The metadata that every stored object has. */
export function metaOf(object: KubeObject): ObjectMeta {
  return object.metadata ?? {};
}

export function uidOf(object: KubeObject): string {
  return object.metadata?.uid ?? '';
}

export function nameOf(object: KubeObject): string {
  return object.metadata?.name ?? '';
}

export function namespaceOf(object: KubeObject): string {
  return object.metadata?.namespace ?? '';
}

/** `namespace/name`, the key of an object in a work queue. */
export function keyOf(object: KubeObject): string {
  return `${namespaceOf(object)}/${nameOf(object)}`;
}

/** The two halves of `namespace/name`. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

export function isBeingDeleted(object: KubeObject): boolean {
  return object.metadata?.deletionTimestamp !== undefined;
}
