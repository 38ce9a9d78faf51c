import { createHash } from 'node:crypto';
import { kinds } from '../kinds/all-kinds.js';
import type { Kind } from '../kinds/kind.js';

export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

/**
 * The smallest OpenAPI v2 document: field 1 (`swagger`) with "2.0". kubectl wants a document in protobuf before it creates or
 * patches; finding no kind in it, it falls back to the types that it is built with.
 */
export const openApiV2Protobuf = Buffer.from([0x0a, 0x03, 0x32, 0x2e, 0x30]);

export const openApiV2Json = { swagger: '2.0', info: { title: 'Kubernetes', version: 'v1.34.4' }, paths: {} };

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

function groupPath({ apiVersion, group }: Kind): string {
  return group === '' ? `api/${apiVersion}` : `apis/${apiVersion}`;
}

function objectPath(kind: Kind): string {
  return `/${groupPath(kind)}/${kind.namespaced ? 'namespaces/{namespace}/' : ''}${kind.plural}/{name}`;
}

function patchOperation({ group, version, kind }: Kind): object {
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
    name,
    in: 'query',
    schema: { type: name === 'force' ? 'boolean' : 'string', uniqueItems: true },
  }));
  return {
    operationId: `patch${kind}`,
    parameters,
    responses: { 200: { description: 'OK' } },
    'x-kubernetes-action': 'patch',
    'x-kubernetes-group-version-kind': { group, version, kind },
  };
}
