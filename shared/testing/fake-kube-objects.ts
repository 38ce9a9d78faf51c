import type { KubeList, KubeObject } from '#shared/kube/wire.js';

/** A collection or, with a name, an object of the Kubernetes API. */
export interface Place {
  prefix: string;
  resource: string;
  namespace?: string | undefined;
  name?: string | undefined;
}

type WatchType = 'ADDED' | 'MODIFIED' | 'DELETED';
type Observer = (type: WatchType, object: KubeObject) => void;

interface Change {
  type: WatchType;
  place: Place;
  object: KubeObject;
  version: number;
}

/** The objects of a fake API server with their versions, and everything that ever happened to them. */
export class FakeObjects {
  readonly #objects = new Map<string, { place: Place; object: KubeObject }>();
  readonly #changes: Change[] = [];
  readonly #observers = new Set<(change: Change) => void>();
  #version = 0;

  get(place: Place): KubeObject | undefined {
    return this.#objects.get(keyOf(place))?.object;
  }

  /** Creates or replaces; gives the object a uid, a new version and, where its spec changed, a new generation. */
  put<T extends KubeObject>(place: Place, object: T): T {
    const previous = this.get(place);
    this.#version++;
    const stored = structuredClone(object);
    stored.metadata = {
      ...stored.metadata,
      ...(place.namespace === undefined ? {} : { namespace: place.namespace }),
      uid: previous?.metadata?.uid ?? stored.metadata?.uid ?? `uid-${this.#version}`,
      resourceVersion: String(this.#version),
      generation: generationOf(previous, stored),
    };
    this.#objects.set(keyOf(place), { place, object: stored });
    this.#publish({ type: previous === undefined ? 'ADDED' : 'MODIFIED', place, object: stored, version: this.#version });
    return stored;
  }

  delete(place: Place): void {
    const object = this.get(place);
    if (object === undefined) return;
    this.#objects.delete(keyOf(place));
    this.#version++;
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.#publish({ type: 'DELETED', place, object: last, version: this.#version });
  }

  list(place: Place, selector: string): KubeList<KubeObject> {
    const items = [...this.#objects.values()].filter((one) => isWithin(one.place, place) && matches(one.object, selector));
    return { metadata: { resourceVersion: String(this.#version) }, items: items.map(({ object }) => object) };
  }

  /** Tells what happened since a version, and what happens from now on; returns a function that ends it. */
  watch(place: Place, selector: string, since: number, observer: Observer): () => void {
    const tell = (change: Change): void => {
      if (isWithin(change.place, place) && matches(change.object, selector)) observer(change.type, change.object);
    };
    this.#changes.filter(({ version }) => version > since).forEach(tell);
    this.#observers.add(tell);
    return () => this.#observers.delete(tell);
  }

  #publish(change: Change): void {
    this.#changes.push(change);
    for (const observer of this.#observers) observer(change);
  }
}

function keyOf({ prefix, resource, namespace = '', name = '' }: Place): string {
  return `${prefix}/${resource}/${namespace}/${name}`;
}

function isWithin(one: Place, collection: Place): boolean {
  const sameKind = one.prefix === collection.prefix && one.resource === collection.resource;
  return sameKind && (collection.namespace === undefined || one.namespace === collection.namespace);
}

/** Only equalities: `a=b,c=d`. */
function matches(object: KubeObject, selector: string): boolean {
  return selector.split(',').every((term) => {
    const [key = '', value] = term.split('=');
    return key === '' || object.metadata?.labels?.[key] === value;
  });
}

function generationOf(previous: KubeObject | undefined, next: KubeObject): number {
  const before = previous?.metadata?.generation ?? next.metadata?.generation ?? 1;
  if (previous === undefined) return before;
  return JSON.stringify((previous as { spec?: unknown }).spec) === JSON.stringify((next as { spec?: unknown }).spec)
    ? before
    : before + 1;
}
