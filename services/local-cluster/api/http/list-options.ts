import type { Kind } from '../kinds/kind.js';
import type { KubeObject } from '../objects.js';
import { parseFieldSelector } from '../selectors/field-selector.js';
import { parseLabelSelector } from '../selectors/label-selector.js';
import { badRequest } from '../status-error.js';

type ObjectFilter = (object: KubeObject) => boolean;

/**
 * The condition that `labelSelector` and `fieldSelector` of a query put on objects.
 * @throws StatusError 400 for a malformed selector or an unknown field
 */
export function parseSelectors(kind: Kind, query: URLSearchParams): ObjectFilter {
  const labelText = query.get('labelSelector') ?? '';
  const fieldText = query.get('fieldSelector') ?? '';
  const filters: ObjectFilter[] = [];
  if (labelText !== '') {
    const matches = parseLabelSelector(labelText);
    filters.push(({ metadata }) => matches(metadata.labels ?? {}));
  }
  if (fieldText !== '') {
    const { selectableFields } = kind;
    const names = ['metadata.name', 'metadata.namespace', ...(selectableFields?.names ?? [])];
    const matches = parseFieldSelector(fieldText, names);
    filters.push((object) => {
      const { name = '', namespace = '' } = object.metadata;
      return matches({ 'metadata.name': name, 'metadata.namespace': namespace, ...selectableFields?.of(object) });
    });
  }
  return (object) => filters.every((filter) => filter(object));
}

/** A resource version from a query: undefined where none is given, 0 for "any". @throws StatusError 400 */
export function parseResourceVersion(query: URLSearchParams): number | undefined {
  const text = query.get('resourceVersion') ?? '';
  if (text === '') return undefined;
  if (!/^\d+$/.test(text))
    throw badRequest(
      `invalid resource version ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  return Number(text);
}

/** Where a list in pages goes on: after a key, in the state of a resource version. */
export interface ListPosition {
  resourceVersion: number;
  afterKey: string;
}

export function encodePosition({ resourceVersion, afterKey }: ListPosition): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: resourceVersion, start: afterKey })).toString('base64url');
}

/** @throws StatusError 400 for a text that no list gave out */
export function parsePosition(text: string): ListPosition {
  try {
    const { rv, start } = JSON.parse(Buffer.from(text, 'base64url').toString()) as { rv?: unknown; start?: unknown };
    if (typeof rv === 'number' && typeof start === 'string') return { resourceVersion: rv, afterKey: start };
  } catch {
    // Worded below, with the positions that are JSON and yet none of ours.
  }
  throw badRequest('continue key is not valid: it is none that a list gave out');
}

/** A switch such as `watch=true`, `watch=1` or a bare `watch`. */
export function isSet(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && !['false', '0'].includes(value);
}
