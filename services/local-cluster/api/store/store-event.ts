import type { StoredObject } from './stored-object.js';

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One write, as the watchers of its resource learn of it. */
export interface StoreEvent {
  type: EventType;
  resourceVersion: number;
  /** The new state; of a deletion the last state under the deletion's resource version. */
  current: StoredObject;
  previous?: StoredObject;
}

/** What a watcher with a selector sees of an event: an object that starts or stops matching is added or deleted for it. */
export function seenBy(event: StoreEvent, matches: (object: StoredObject['object']) => boolean): StoreEvent | undefined {
  const matched = event.previous !== undefined && matches(event.previous.object);
  const isMatch = event.type !== 'DELETED' && matches(event.current.object);
  if (isMatch) return { ...event, type: matched ? 'MODIFIED' : 'ADDED' };
  if (!matched || event.previous === undefined) return undefined;
  const last = event.type === 'DELETED' ? event.current : event.previous.withResourceVersion(event.resourceVersion);
  return { ...event, type: 'DELETED', current: last };
}
