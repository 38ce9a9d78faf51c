import type { KubeObject } from '../objects.js';
import { EventWindow } from './event-window.js';
import type { Journal } from './journal.js';
import { ResourceTable, type EventListener } from './resource-table.js';
import type { StoreEvent } from './store-event.js';
import { StoredObject } from './stored-object.js';

const EVENTS_KEPT_PER_RESOURCE = 4096;

/**
 * Every object of the cluster, in memory and on disk, under one growing resource version. All calls are synchronous: a read and
 * the write that follows from it in the same turn of the event loop cannot be separated by another write.
 */
export class ObjectStore {
  readonly #journal: Journal;
  readonly #tables = new Map<string, ResourceTable>();
  #resourceVersion: number;
  #historyStart: number;

  /** Takes over what the journal holds. @throws ServiceError when the journal is damaged */
  constructor(journal: Journal) {
    this.#journal = journal;
    const { snapshot, snapshotVersion, log } = journal.read();
    this.#resourceVersion = snapshotVersion;
    this.#historyStart = snapshotVersion;
    for (const { resource, resourceVersion, change } of snapshot) {
      if ('object' in change) this.#table(resource).set(new StoredObject(change.object, resourceVersion));
    }
    // The log's writes are history too: watchers of the time before a restart go on where they were.
    for (const { resource, resourceVersion, change } of log) {
      if ('object' in change) this.#applyPut(resource, new StoredObject(change.object, resourceVersion));
      else this.#applyDelete(resource, change.deletedKey, resourceVersion);
    }
  }

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  get(resource: string, namespace: string | undefined, name: string): StoredObject | undefined {
    return this.#tables.get(resource)?.get(namespace, name);
  }

  list(resource: string, namespace?: string): StoredObject[] {
    return this.#table(resource).list(namespace);
  }

  /** The list as it was at an earlier resource version; undefined when too much has happened since. */
  listAt(resource: string, resourceVersion: number, namespace?: string): StoredObject[] | undefined {
    const events = this.eventsAfter(resource, resourceVersion);
    if (events === undefined) return undefined;
    const objects = this.list(resource, namespace);
    if (events.length === 0) return objects;
    const state = new Map(objects.map((stored) => [stored.key, stored]));
    for (const { current, previous } of events.reverse()) {
      if (namespace !== undefined && current.object.metadata.namespace !== namespace) continue;
      if (previous === undefined) state.delete(current.key);
      else state.set(current.key, previous);
    }
    return [...state.values()].sort((one, other) => (one.key < other.key ? -1 : 1));
  }

  /** Creates or replaces; the object now belongs to the store. */
  put(resource: string, object: KubeObject): StoredObject {
    const stored = new StoredObject(object, this.#resourceVersion + 1);
    // On disk first: what cannot be kept has not happened.
    this.#journal.appendPut(resource, stored);
    this.#publish(resource, this.#applyPut(resource, stored));
    return stored;
  }

  remove(resource: string, stored: StoredObject): StoredObject {
    const resourceVersion = this.#resourceVersion + 1;
    this.#journal.appendDelete(resource, stored.key, resourceVersion);
    const event = this.#applyDelete(resource, stored.key, resourceVersion);
    if (event === undefined) return stored;
    this.#publish(resource, event);
    return event.current;
  }

  /** The events of a resource after a resource version; undefined when they are no longer all kept, or not yet born. */
  eventsAfter(resource: string, resourceVersion: number): StoreEvent[] | undefined {
    if (resourceVersion > this.#resourceVersion) return undefined;
    return this.#table(resource).window.after(resourceVersion);
  }

  /** The oldest resource version from which a resource can be watched. */
  oldestWatchable(resource: string): number {
    return this.#table(resource).window.completeSince;
  }

  /** Calls the listener with each further event of a resource, until the returned function is called. */
  subscribe(resource: string, listener: EventListener): () => void {
    const { listeners } = this.#table(resource);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  #applyPut(resource: string, current: StoredObject): StoreEvent {
    const table = this.#table(resource);
    const previous = table.getByKey(current.key);
    table.set(current);
    const change = { resourceVersion: current.resourceVersion, current };
    return this.#record(table, previous === undefined ? { ...change, type: 'ADDED' } : { ...change, type: 'MODIFIED', previous });
  }

  #applyDelete(resource: string, key: string, resourceVersion: number): StoreEvent | undefined {
    const table = this.#table(resource);
    const previous = table.getByKey(key);
    if (previous === undefined) return undefined;
    table.delete(previous);
    const current = previous.withResourceVersion(resourceVersion);
    return this.#record(table, { type: 'DELETED', resourceVersion, current, previous });
  }

  #record(table: ResourceTable, event: StoreEvent): StoreEvent {
    this.#resourceVersion = event.resourceVersion;
    table.window.append(event);
    return event;
  }

  #publish(resource: string, event: StoreEvent): void {
    for (const listener of this.#table(resource).listeners) listener(event);
    if (this.#journal.isCompactionDue) this.#journal.compact(this.#resourceVersion, this.#everything());
  }

  *#everything(): Generator<{ resource: string; stored: StoredObject }> {
    for (const [resource, table] of this.#tables) {
      for (const stored of table.list()) yield { resource, stored };
    }
  }

  #table(resource: string): ResourceTable {
    const known = this.#tables.get(resource);
    if (known !== undefined) return known;
    const table = new ResourceTable(new EventWindow(EVENTS_KEPT_PER_RESOURCE, this.#historyStart));
    this.#tables.set(resource, table);
    return table;
  }
}
