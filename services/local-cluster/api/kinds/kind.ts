import type { KubeObject } from '../objects.js';
import type { FieldErrors } from '../validation/field-error.js';

/**
 * A client library type as it looks on the wire and before validation: any field may be absent, and times are texts.
 */
export type Loose<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Loose<Item>[]
    : T extends object
      ? string extends keyof T
        ? { [K in keyof T]: Loose<T[K]> }
        : { [K in keyof T]?: Loose<T[K]> }
      : T;

export type NameRule = 'subdomain' | 'label' | 'label1035' | 'pathSegment';

/** A column of `kubectl get`; `wide` ones are shown by `-o wide` only. */
export interface Column {
  name: string;
  type: 'string' | 'integer' | 'date';
  format?: 'name';
  wide?: boolean;
}

export type Cell = string | number;

/** A subresource beyond `status` and `scale`, as discovery lists it. */
export interface SubresourceListing {
  name: string;
  kind: string;
  verbs: readonly string[];
  group?: string;
  version?: string;
}

/** What the registry, the tables and discovery need to know of one kind; `T` narrows the objects that its functions get. */
export interface KindDefinition<T extends KubeObject> {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames?: readonly string[];
  categories?: readonly string[];
  namespaced: boolean;
  /** The client library's model of the kind: `V1Deployment`. */
  model: string;
  nameRule: NameRule;
  subresources?: { status?: true; scale?: true; others?: readonly SubresourceListing[] };
  /** Bumps `metadata.generation` when the spec changes. */
  hasGeneration?: true;
  /** A deletion that is done at once answers the object instead of a `Status`. */
  returnsDeleted?: true;
  /** An update must name the resource version that it is based on. */
  needsVersionToUpdate?: true;
  /** A replace of an absent object creates it. */
  createsOnUpdate?: true;
  /** Fills in what Kubernetes fills in before anything else looks at the object. */
  setDefaults?: (object: T) => void;
  /** What only a new object gets: the status that it starts with. The default drops the status of kinds with that subresource. */
  prepareCreate?: (object: T) => void;
  /** What an update may not touch is taken from the current object. */
  prepareUpdate?: (next: T, current: T) => void;
  /** Checks the object; `current` is what it replaces. */
  validate?: (object: T, errors: FieldErrors, current: T | undefined) => void;
  /** Values for field selectors, besides name and namespace. */
  selectableFields?: { names: readonly string[]; of: (object: T) => Record<string, string> };
  columns: readonly Column[];
  row: (object: T, nowMs: number) => Cell[];
}

export type Kind = KindDefinition<KubeObject> & { apiVersion: string; resource: string };

/** Registers a kind. The one place where an object is taken to have the type of its kind: the decoder has checked it. */
export function defineKind<T extends KubeObject>(definition: KindDefinition<T>): Kind {
  const { group, version, plural } = definition;
  return {
    ...(definition as unknown as KindDefinition<KubeObject>),
    apiVersion: group === '' ? version : `${group}/${version}`,
    resource: group === '' ? plural : `${plural}.${group}`,
  };
}
