import { objectKey, type KubeObject } from '../objects.js';

/** One version of one object. Never changed after it is stored: a write makes a new one. */
export class StoredObject {
  readonly object: Readonly<KubeObject>;
  readonly resourceVersion: number;
  /** JSON without the leading `{`, `kind` and `apiVersion`: encoded once, whatever the number of readers and watchers. */
  readonly body: string;

  constructor(object: KubeObject, resourceVersion: number) {
    // 0: made for a dry run, and never stored.
    if (resourceVersion > 0) object.metadata.resourceVersion = String(resourceVersion);
    this.object = object;
    this.resourceVersion = resourceVersion;
    this.body = JSON.stringify({ ...object, kind: undefined, apiVersion: undefined }).slice(1);
  }

  get key(): string {
    return objectKey(this.object.metadata.namespace, this.object.metadata.name ?? '');
  }

  /** The object as a single answer or a watch event carries it. */
  get json(): string {
    return `{"kind":${JSON.stringify(this.object.kind)},"apiVersion":${JSON.stringify(this.object.apiVersion)},${this.body}`;
  }

  /** The object as a list carries it: without kind and version, which the list names. */
  get listItemJson(): string {
    return `{${this.body}`;
  }

  /** The same content under another resource version, as a deletion event shows it. */
  withResourceVersion(resourceVersion: number): StoredObject {
    return new StoredObject({ ...this.object, metadata: { ...this.object.metadata } }, resourceVersion);
  }
}
