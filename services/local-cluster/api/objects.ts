/** The parts of `metadata` that the API server itself reads or writes; timestamps are RFC 3339 texts, as on the wire. */
export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
}

interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Any Kubernetes object. Kinds narrow it with the field types of the client library. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** An object whose fields are not known yet: a decoded body, a patch under way. */
export type LooseObject = Record<string, unknown>;

/** True for a JSON object: not null, not a list. */
export function isLooseObject(value: unknown): value is LooseObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads one field of an object whose type does not name it; undefined where it is absent. */
export function fieldOf(object: object, field: string): unknown {
  return (object as LooseObject)[field];
}

/** `namespace/name` for namespaced objects, `name` for the others: the key of an object within its resource. */
export function objectKey(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** The time format of Kubernetes: whole seconds, UTC. 1700000000123 → 2023-11-14T22:13:20Z. */
export function toTimestamp(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
