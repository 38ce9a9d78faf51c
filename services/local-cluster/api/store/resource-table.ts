import { objectKey } from '../objects.js';
import type { EventWindow } from './event-window.js';
import type { StoreEvent } from './store-event.js';
import type { StoredObject } from './stored-object.js';

export type EventListener = (event: StoreEvent) => void;

/** The objects of one resource, indexed by namespace, with its recent events and its watchers. */
export class ResourceTable {
  readonly window: EventWindow;
  readonly listeners = new Set<EventListener>();
  readonly #byKey = new Map<string, StoredObject>();
  readonly #namespaces = new Map<string, Map<string, StoredObject>>();
  // Sorted views, made when somebody lists and dropped when a name comes or goes.
  readonly #sortedKeys = new Map<string, string[]>();

  constructor(window: EventWindow) {
    this.window = window;
  }

  get(namespace: string | undefined, name: string): StoredObject | undefined {
    return this.#byKey.get(objectKey(namespace, name));
  }

  getByKey(key: string): StoredObject | undefined {
    return this.#byKey.get(key);
  }

  set(stored: StoredObject): void {
    const { key } = stored;
    const namespace = stored.object.metadata.namespace ?? '';
    if (!this.#byKey.has(key)) this.#forgetOrder(namespace);
    this.#byKey.set(key, stored);
    const inNamespace = this.#namespaces.get(namespace) ?? new Map<string, StoredObject>();
    inNamespace.set(key, stored);
    this.#namespaces.set(namespace, inNamespace);
  }

  delete(stored: StoredObject): void {
    const namespace = stored.object.metadata.namespace ?? '';
    this.#forgetOrder(namespace);
    this.#byKey.delete(stored.key);
    const inNamespace = this.#namespaces.get(namespace);
    inNamespace?.delete(stored.key);
    if (inNamespace?.size === 0) this.#namespaces.delete(namespace);
  }

  /** All objects, or those of one namespace, by namespace and name: the order in which Kubernetes lists. */
  list(namespace?: string): StoredObject[] {
    const objects = namespace === undefined ? this.#byKey : this.#namespaces.get(namespace);
    if (objects === undefined) return [];
    const cacheKey = namespace ?? '*';
    const keys = this.#sortedKeys.get(cacheKey) ?? [...objects.keys()].sort();
    this.#sortedKeys.set(cacheKey, keys);
    return keys.flatMap((key) => objects.get(key) ?? []);
  }

  #forgetOrder(namespace: string): void {
    this.#sortedKeys.delete('*');
    this.#sortedKeys.delete(namespace);
  }
}
