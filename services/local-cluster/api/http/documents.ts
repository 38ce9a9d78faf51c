import type { NextFunction, Request, Response } from 'express';
import { aggregatedDiscovery, coreVersions, groupDocument, groupList, resourceList } from '../discovery/discovery.js';
import { openApiV2Json, OPENAPI_V2_PROTOBUF, openApiV2Protobuf } from '../discovery/openapi-v2.js';
import { openApiV3Document, openApiV3Root } from '../discovery/openapi-v3.js';
import { serverVersion } from '../discovery/version.js';
import type { ApiPath } from './request-info.js';

const V3_PREFIX = '/openapi/v3/';

/** Health, version and OpenAPI: documents that no object is behind. */
export function serveDocuments(request: Request, response: Response, next: NextFunction): void {
  const { path } = request;
  if (path === '/healthz' || path === '/livez' || path === '/readyz') response.type('text/plain').send('ok');
  else if (path === '/version') response.json(serverVersion);
  else if (path === '/openapi/v2') serveOpenApiV2(request, response);
  else if (path === '/openapi/v3') response.json(openApiV3Root());
  else if (path.startsWith(V3_PREFIX)) serveOpenApiV3(path.slice(V3_PREFIX.length), response, next);
  else next();
}

function serveOpenApiV2(request: Request, response: Response): void {
  const accept = request.headers.accept ?? '';
  const wantsJson = accept.includes('application/json') && !accept.includes('protobuf');
  if (wantsJson) response.json(openApiV2Json);
  else response.setHeader('content-type', OPENAPI_V2_PROTOBUF).end(openApiV2Protobuf);
}

function serveOpenApiV3(path: string, response: Response, next: NextFunction): void {
  const document = openApiV3Document(path);
  if (document === undefined) next();
  else response.json(document);
}

/** What there is under /api and /apis. @returns false where the path names no group or version */
export function serveDiscovery(request: Request, response: Response, path: Extract<ApiPath, { to: 'discovery' }>): boolean {
  const { group, version } = path;
  const isRoot = version === undefined && (group === undefined || group === '');
  const aggregated = isRoot ? wantedAggregation(request.headers.accept ?? '') : undefined;
  if (aggregated !== undefined) {
    const document = aggregatedDiscovery(group === '' ? 'core' : 'groups', `apidiscovery.k8s.io/${aggregated}`);
    response.setHeader('content-type', `application/json;g=apidiscovery.k8s.io;v=${aggregated};as=APIGroupDiscoveryList`);
    response.end(JSON.stringify(document));
    return true;
  }
  const document = discoveryDocument(request, group, version);
  if (document === undefined) return false;
  response.json(document);
  return true;
}

function discoveryDocument(request: Request, group: string | undefined, version: string | undefined): object | undefined {
  // /api itself comes here as the core group, without a version; so does /apis, with no group at all.
  if (version !== undefined) return resourceList(group ?? '', version);
  if (group === undefined) return groupList();
  return group === '' ? coreVersions(request.headers.host ?? '') : groupDocument(group);
}

function wantedAggregation(accept: string): string | undefined {
  for (const range of accept.split(',')) {
    if (!range.includes('as=APIGroupDiscoveryList') || !range.includes('application/json')) continue;
    const version = /;\s*v=(v2beta1|v2)\b/.exec(range)?.[1];
    if (version !== undefined) return version;
  }
  return undefined;
}
