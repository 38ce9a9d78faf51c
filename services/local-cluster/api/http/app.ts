import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { errorText, type Logger } from '#shared/observe/logger.js';
import { findKind, kinds } from '../kinds/all-kinds.js';
import { viewOf } from '../registry/views.js';
import { carriesToken } from '../security/token.js';
import { noSuchResource, StatusError, type Status } from '../status-error.js';
import { serveDiscovery, serveDocuments } from './documents.js';
import { Exchange, type ApiServices } from './exchange.js';
import { handleBinding, handleEviction } from './pod-handlers.js';
import { handlePodLog } from './pod-log.js';
import { parseApiPath, type ApiPath, type ResourcePath } from './request-info.js';
import { handleCollection, handleObject } from './resource-handlers.js';

const LARGEST_BODY = '3mb';
/** What a client may see before it has shown a token, as on a real server. */
const publicPaths = new Set(['/healthz', '/livez', '/readyz', '/version']);

export interface AppDeps extends ApiServices {
  token: string;
  logger: Logger;
}

/** The HTTP face of the API server: who may ask, what is asked, and how refusals are worded. */
export function createApiApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(authenticate(deps.token));
  app.use(serveDocuments);
  app.use(express.raw({ type: () => true, limit: LARGEST_BODY }));
  app.use((request, response) => route(request, response, deps));
  app.use(answerError(deps.logger));
  return app;
}

function authenticate(token: string) {
  return (request: Request, _response: Response, next: NextFunction): void => {
    const { authorization } = request.headers;
    const isOpen = authorization === undefined && publicPaths.has(request.path);
    if (isOpen || carriesToken(authorization, token)) {
      next();
      return;
    }
    throw new StatusError(401, 'Unauthorized', 'Unauthorized');
  };
}

function route(request: Request, response: Response, services: ApiServices): void {
  const { pathname, searchParams } = new URL(request.url, 'https://localhost');
  const target = parseApiPath(pathname);
  const isKnown = target?.to === 'discovery' && serveDiscovery(request, response, target);
  if (isKnown) return;
  if (target?.to === 'resource' && handleResource(request, response, target.path, searchParams, services)) return;
  if (isWithinGroup(target)) throw noSuchResource();
  response.status(404).type('text/plain').send('404 page not found\n');
}

function isWithinGroup(target: ApiPath | undefined): boolean {
  const group = target?.to === 'resource' ? target.path.group : target?.group;
  return group !== undefined && kinds.some((kind) => kind.group === group);
}

function handleResource(
  request: Request,
  response: Response,
  path: ResourcePath,
  query: URLSearchParams,
  services: ApiServices,
): boolean {
  const kind = findKind(path.group, path.version, path.plural);
  if (kind === undefined || (path.namespace !== undefined && !kind.namespaced)) return false;
  // Objects of namespaced kinds are reached through their namespace only.
  if (path.name !== undefined && kind.namespaced && path.namespace === undefined) return false;
  const exchange = new Exchange(request, response, { kind, path, query }, services);
  if (path.name === undefined) {
    handleCollection(exchange);
    return true;
  }
  const special = kind.kind === 'Pod' ? podSubresources[path.subresource ?? ''] : undefined;
  if (special !== undefined) {
    special(exchange);
    return true;
  }
  const view = viewNamed(exchange, path.subresource);
  if (view === undefined) return false;
  handleObject(exchange, view);
  return true;
}

const podSubresources: Readonly<Record<string, ((exchange: Exchange) => void) | undefined>> = {
  binding: handleBinding,
  eviction: handleEviction,
  log: handlePodLog,
};

function viewNamed({ kind }: Exchange, subresource: string | undefined): ReturnType<typeof viewOf> {
  switch (subresource) {
    case undefined:
      return viewOf(kind, 'main');
    case 'status':
    case 'scale':
    case 'finalize':
      return viewOf(kind, subresource);
    default:
      return undefined;
  }
}

function answerError(logger: Logger) {
  // Express tells error handlers by their four parameters.
  return (error: unknown, request: Request, response: Response, next: NextFunction): void => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const status = statusOf(error);
    if (status.code === 500)
      logger.error('request failed', { method: request.method, path: request.path, error: errorText(error) });
    response.status(status.code).type('application/json').send(JSON.stringify(status));
  };
}

function statusOf(error: unknown): Status {
  if (error instanceof StatusError) return error.status;
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  if (type === 'entity.too.large') {
    return new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${LARGEST_BODY}`).status;
  }
  return new StatusError(500, 'InternalError', `Internal error occurred: ${errorText(error)}`).status;
}
