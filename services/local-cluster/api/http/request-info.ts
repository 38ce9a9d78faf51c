/** What a path under /api or /apis asks for. */
export interface ResourcePath {
  group: string;
  version: string;
  namespace?: string;
  plural: string;
  name?: string;
  subresource?: string;
}

export type ApiPath =
  | { to: 'resource'; path: ResourcePath }
  /** A document that lists what there is. */
  | { to: 'discovery'; group?: string; version?: string };

const namespaceSubresources = new Set(['status', 'finalize']);

/**
 * Splits `/apis/apps/v1/namespaces/ns/deployments/web/scale` and the like into its parts.
 * @returns undefined for a path that is neither under /api nor under /apis
 */
export function parseApiPath(pathname: string): ApiPath | undefined {
  const [root, ...rest] = pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeSegment);
  if (root !== 'api' && root !== 'apis') return undefined;
  const group = root === 'api' ? '' : rest.shift();
  if (group === undefined) return { to: 'discovery' };
  const version = rest.shift();
  if (version === undefined) return root === 'api' ? { to: 'discovery', group: '' } : { to: 'discovery', group };
  if (rest.length === 0) return { to: 'discovery', group, version };
  return { to: 'resource', path: { group, version, ...parseResource(rest) } };
}

function parseResource(segments: string[]): Omit<ResourcePath, 'group' | 'version'> {
  const [first = '', second, third] = segments;
  const isWithin = first === 'namespaces' && third !== undefined && !(segments.length === 3 && namespaceSubresources.has(third));
  if (!isWithin) return described(segments);
  return { namespace: second ?? '', ...described(segments.slice(2)) };
}

function described([plural = '', name, ...subresource]: string[]): Pick<ResourcePath, 'plural' | 'name' | 'subresource'> {
  return {
    plural,
    ...(name === undefined ? {} : { name }),
    ...(subresource.length === 0 ? {} : { subresource: subresource.join('/') }),
  };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
