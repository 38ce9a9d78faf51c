import { randomInt, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '#shared/clock/clock.js';
import type { Kind } from '../kinds/kind.js';
import { toTimestamp, type KubeObject } from '../objects.js';
import { alreadyExists, badRequest, forbidden, notFound } from '../status-error.js';
import type { ObjectStore } from '../store/object-store.js';
import { StoredObject } from '../store/stored-object.js';
import { isReadyToGo, planDeletion, type DeleteOptions } from './deletion.js';
import { assignClusterAddress } from './service-addresses.js';
import { checkIdentity, countGeneration, keepServerFields, validate } from './update-rules.js';
import type { View } from './views.js';

export interface WriteOptions {
  dryRun?: boolean;
  /** A patch that names another uid is invalid; a replacement that does so meets another object than it expects. */
  isPatch?: boolean;
}

export interface Deleted {
  stored: StoredObject;
  isRemoved: boolean;
}

// Without vowels and look-alikes, so that no word comes out by chance.
const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const SUFFIX_LENGTH = 5;
const immortalNamespaces = new Set(['default', 'kube-system', 'kube-public']);

/** The rules of reading and writing objects, the same for every kind, above the store that only keeps them. */
export class Registry {
  readonly #store: ObjectStore;
  readonly #clock: Clock;

  constructor(store: ObjectStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws StatusError 404 */
  get(kind: Kind, namespace: string | undefined, name: string): StoredObject {
    const stored = this.#store.get(kind.resource, namespace, name);
    if (stored === undefined) throw notFound(kind, name);
    return stored;
  }

  /** @throws StatusError 400, 403, 404, 409 or 422 */
  create(kind: Kind, namespace: string | undefined, object: KubeObject, options: WriteOptions = {}): StoredObject {
    const { metadata } = object;
    this.#enterNamespace(kind, namespace, object);
    if (metadata.name === undefined && metadata.generateName !== undefined) metadata.name = generatedName(metadata.generateName);
    this.#initialise(kind, object);
    if (metadata.name !== undefined && this.#store.get(kind.resource, namespace, metadata.name) !== undefined) {
      throw alreadyExists(kind, metadata.name);
    }
    validate(kind, object, undefined);
    if (kind.kind === 'Service') assignClusterAddress(object, this.#store);
    if (options.dryRun === true) return new StoredObject(object, 0);
    if (metadata.resourceVersion !== undefined) throw badRequest('resourceVersion should not be set on objects to be created');
    return this.#store.put(kind.resource, object);
  }

  /**
   * Replaces an object through a view of it. `propose` may ask for a copy of what the view shows, and answers what the client wants.
   * @throws StatusError 400, 404, 409 or 422
   */
  update(
    kind: Kind,
    namespace: string | undefined,
    name: string,
    view: View,
    propose: (shown: () => KubeObject) => KubeObject,
    options: WriteOptions = {},
  ): StoredObject {
    const stored = this.get(kind, namespace, name);
    const current = stored.object;
    const proposed = propose(() => structuredClone(view.read(current)));
    checkIdentity(kind, proposed, current, options.isPatch === true);
    const next = view.merge(proposed, structuredClone(current));
    if (view.name === 'main') kind.prepareUpdate?.(next, current);
    kind.setDefaults?.(next);
    keepServerFields(next, current);
    // A binding sets what no update may change, and is no new wish of anybody.
    const isBinding = view.name === 'binding';
    if (!isBinding) countGeneration(kind, next, current);
    validate(kind, next, isBinding ? undefined : current);
    const isUnchanged = isDeepStrictEqual(next, current);
    if (isUnchanged && !isReadyToGo(next)) return stored;
    if (options.dryRun === true) return new StoredObject(next, stored.resourceVersion);
    if (!isReadyToGo(next)) return this.#store.put(kind.resource, next);
    const last = isUnchanged ? stored : this.#store.put(kind.resource, next);
    return this.#store.remove(kind.resource, last);
  }

  /** @throws StatusError 403, 404 or 409 */
  delete(kind: Kind, namespace: string | undefined, name: string, options: DeleteOptions = {}): Deleted {
    const stored = this.get(kind, namespace, name);
    if (kind.kind === 'Namespace' && immortalNamespaces.has(name))
      throw forbidden(kind, name, 'this namespace may not be deleted');
    const plan = planDeletion(kind, stored.object, options, this.#clock.now());
    if (options.dryRun === true) return { stored, isRemoved: plan.isRemoved };
    const marked = plan.marked === undefined ? stored : this.#store.put(kind.resource, plan.marked);
    return plan.isRemoved
      ? { stored: this.#store.remove(kind.resource, marked), isRemoved: true }
      : { stored: marked, isRemoved: false };
  }

  #enterNamespace(kind: Kind, namespace: string | undefined, object: KubeObject): void {
    const { metadata } = object;
    if (metadata.namespace !== undefined && metadata.namespace !== (namespace ?? '')) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    if (!kind.namespaced || namespace === undefined) return;
    metadata.namespace = namespace;
    const home = this.#store.get('namespaces', undefined, namespace);
    if (home === undefined) throw notFound({ group: '', plural: 'namespaces' }, namespace);
    if (home.object.metadata.deletionTimestamp === undefined) return;
    throw forbidden(
      kind,
      metadata.name ?? '',
      `unable to create new content in namespace ${namespace} because it is being terminated`,
      [{ reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' }],
    );
  }

  #initialise(kind: Kind, object: KubeObject): void {
    const { metadata } = object;
    delete metadata.deletionTimestamp;
    delete metadata.deletionGracePeriodSeconds;
    delete metadata.generation;
    metadata.uid = randomUUID();
    metadata.creationTimestamp = toTimestamp(this.#clock.now());
    if (kind.hasGeneration === true) metadata.generation = 1;
    kind.setDefaults?.(object);
    if (kind.prepareCreate !== undefined) kind.prepareCreate(object);
    else if (kind.subresources?.status === true) Reflect.set(object, 'status', {});
  }
}

function generatedName(base: string): string {
  const letters = Array.from({ length: SUFFIX_LENGTH }, () => SUFFIX_LETTERS[randomInt(SUFFIX_LETTERS.length)] ?? '');
  return `${base.slice(0, 63 - SUFFIX_LENGTH)}${letters.join('')}`;
}
