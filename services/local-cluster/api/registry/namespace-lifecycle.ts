import { errorText, type Logger } from '#shared/observe/logger.js';
import { kinds } from '../kinds/all-kinds.js';
import type { Kind } from '../kinds/kind.js';
import { namespaces } from '../kinds/namespaces.js';
import type { ObjectStore } from '../store/object-store.js';
import type { StoreEvent } from '../store/store-event.js';
import type { Registry } from './registry.js';
import { viewOf } from './views.js';

const namespacedKinds = kinds.filter((kind) => kind.namespaced);

/**
 * Takes the contents of a terminating namespace along: deletes each object, waits for those that take their time (pods that run,
 * objects with finalizers), and then lets the namespace go.
 */
export class NamespaceLifecycle {
  readonly #store: ObjectStore;
  readonly #registry: Registry;
  readonly #logger: Logger;
  readonly #due = new Set<string>();
  readonly #unsubscribe: (() => void)[];
  #turn: NodeJS.Immediate | undefined;

  constructor(store: ObjectStore, registry: Registry, logger: Logger) {
    this.#store = store;
    this.#registry = registry;
    this.#logger = logger;
    const onContent = (event: StoreEvent): void => {
      if (event.type !== 'ADDED') this.#look(event.current.object.metadata.namespace ?? '');
    };
    this.#unsubscribe = [
      store.subscribe(namespaces.resource, (event) => this.#look(event.current.object.metadata.name ?? '')),
      ...namespacedKinds.map((kind) => store.subscribe(kind.resource, onContent)),
    ];
    for (const { object } of store.list(namespaces.resource)) this.#look(object.metadata.name ?? '');
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    clearImmediate(this.#turn);
  }

  // In a turn of its own: an event must have reached all watchers before the writes that it leads to.
  #look(name: string): void {
    const namespace = this.#store.get(namespaces.resource, undefined, name);
    if (namespace?.object.metadata.deletionTimestamp === undefined) return;
    this.#due.add(name);
    this.#turn ??= setImmediate(() => this.#work());
  }

  #work(): void {
    this.#turn = undefined;
    const names = [...this.#due];
    this.#due.clear();
    for (const name of names) {
      try {
        this.#empty(name);
      } catch (error) {
        this.#logger.error('namespace cannot be emptied', { namespace: name, error: errorText(error) });
      }
    }
  }

  #empty(name: string): void {
    for (const kind of namespacedKinds) this.#deleteAll(kind, name);
    const isEmpty = namespacedKinds.every((kind) => this.#store.count(kind.resource, name) === 0);
    const namespace = this.#store.get(namespaces.resource, undefined, name);
    const view = viewOf(namespaces, 'finalize');
    if (!isEmpty || namespace === undefined || view === undefined) return;
    this.#registry.update(namespaces, undefined, name, view, (shown) => Object.assign(shown(), { spec: {} }));
  }

  #deleteAll(kind: Kind, namespace: string): void {
    for (const { object } of this.#store.list(kind.resource, namespace)) {
      if (object.metadata.deletionTimestamp !== undefined) continue;
      this.#registry.delete(kind, namespace, object.metadata.name ?? '', { propagationPolicy: 'Background' });
    }
  }
}
