import { stringify } from 'yaml';
import type { Kind } from '../kinds/kind.js';
import type { KubeObject } from '../objects.js';
import type { StoredObject } from '../store/stored-object.js';
import { tableOf, type RowObject } from '../tables/table.js';
import type { Accepted } from './accept.js';

export interface RenderOptions {
  accepted: Accepted;
  includeObject: RowObject;
  nowMs: number;
}

export interface ListMetadata {
  resourceVersion: string;
  /** Where the next page begins. */
  continue?: string;
  remainingItemCount?: number;
}

/** One object in the form that the client wants, as text. */
export function renderObject(kind: Kind, stored: StoredObject, { accepted, includeObject, nowMs }: RenderOptions): string {
  if (accepted.form === 'table') return encode(tableOf(kind, [stored.object], { ...accepted, includeObject, nowMs }), accepted);
  if (accepted.form === 'metadata') return encode(metadataOf(stored.object), accepted);
  return accepted.format === 'json' ? stored.json : encode(stored.object, accepted);
}

/** A list of objects in the form that the client wants, as text. */
export function renderList(kind: Kind, items: readonly StoredObject[], metadata: ListMetadata, options: RenderOptions): string {
  const { accepted, includeObject, nowMs } = options;
  if (accepted.form === 'table') {
    const objects = items.map(({ object }) => object);
    return encode({ ...tableOf(kind, objects, { ...accepted, includeObject, nowMs }), metadata }, accepted);
  }
  if (accepted.form === 'metadata') {
    const list = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata };
    return encode({ ...list, items: items.map(({ object }) => metadataOf(object)) }, accepted);
  }
  const head = { kind: `${kind.kind}List`, apiVersion: kind.apiVersion, metadata };
  if (accepted.format === 'yaml') return encode({ ...head, items: items.map(({ object }) => object) }, accepted);
  return `${JSON.stringify(head).slice(0, -1)},"items":[${items.map((item) => item.listItemJson).join(',')}]}`;
}

/** The bare metadata of an object, as garbage collectors ask for it. */
export function metadataOf({ metadata }: KubeObject): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

/** Any answer in the wanted format. */
export function encode(body: unknown, { format }: Pick<Accepted, 'format'>): string {
  return format === 'yaml' ? stringify(body) : JSON.stringify(body);
}
