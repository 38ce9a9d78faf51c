import { createHash } from 'node:crypto';
import { kinds } from '../kinds/all-kinds.js';
import type { Kind } from '../kinds/kind.js';

/** Query parameters that kubectl looks for before it uses them. */
export const writeParameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'] as const;

/** The list of OpenAPI v3 documents: the answer to `GET /openapi/v3`. */
export function openApiV3Root(): object {
  const paths = Object.fromEntries(
    [...new Set(kinds.map(groupPath))].map((path) => {
      const hash = createHash('sha256')
        .update(JSON.stringify(openApiV3Document(path)))
        .digest('hex')
        .slice(0, 32)
        .toUpperCase();
      return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
    }),
  );
  return { paths };
}

/**
 * One version's document, as far as kubectl looks into it before it writes: that the server checks fields (`fieldValidation`)
 * and knows dry runs, kind by kind.
 * @returns undefined for a path such as `apis/apps/v1` of which nothing is served
 */
export function openApiV3Document(path: string): object | undefined {
  const members = kinds.filter((kind) => groupPath(kind) === path);
  if (members.length === 0) return undefined;
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'v1.34.4' },
    paths: Object.fromEntries(members.map((kind) => [objectPath(kind), { patch: patchOperation(kind) }])),
    components: { schemas: {} },
  };
}

/** The path of an object, as OpenAPI writes it. */
export function objectPath(kind: Kind): string {
  return `/${groupPath(kind)}/${kind.namespaced ? 'namespaces/{namespace}/' : ''}${kind.plural}/{name}`;
}

function groupPath({ apiVersion, group }: Kind): string {
  return group === '' ? `api/${apiVersion}` : `apis/${apiVersion}`;
}

function patchOperation({ group, version, kind }: Kind): object {
  return {
    operationId: `patch${kind}`,
    parameters: writeParameters.map((name) => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } })),
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': 'patch',
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}
