import type { ChangeListener } from '#shared/kube/watch-cache.js';
import type { KubeObject } from '#shared/kube/wire.js';
import { keyOf, type ObjectFeed } from '../../machinery/object-feed.js';

/** A watch cache that shows what a test puts into it, when the test puts it in: as late, as stale as is to be tested. */
export class ManualFeed<T extends KubeObject> implements ObjectFeed<T> {
  readonly #objects = new Map<string, T>();
  readonly #listeners = new Set<ChangeListener<T>>();

  list(): readonly T[] {
    return [...this.#objects.values()];
  }

  get(namespace: string, name: string): T | undefined {
    return this.#objects.get(`${namespace}/${name}`);
  }

  onChange(listener: ChangeListener<T>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  put(object: T): void {
    const previous = this.#objects.get(keyOf(object));
    this.#objects.set(keyOf(object), object);
    for (const listener of this.#listeners) listener(previous === undefined ? 'added' : 'modified', object, previous);
  }

  remove(object: T): void {
    const previous = this.#objects.get(keyOf(object));
    if (!this.#objects.delete(keyOf(object))) return;
    for (const listener of this.#listeners) listener('deleted', object, previous);
  }
}
