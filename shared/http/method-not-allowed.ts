import { Router, type IRoute, type NextFunction, type Request, type Response } from 'express';
import { ServiceError } from './service-error.js';

interface RouterLayer {
  route?: Pick<IRoute, 'path' | 'stack'> | undefined;
  handle: unknown;
}

/**
 * Stands behind `routes` and answers what they left: 405 with `Allow` where the path is one of theirs and the method is none of that
 * path's. The rest passes. Routers within `routes` count as mounted at the root.
 */
export function methodNotAllowed(routes: Router): Router {
  const fallback = Router();
  for (const { path, stack } of routesWithin(routes)) {
    const methods = stack.map(({ method }) => method as string | undefined).filter((method) => method !== undefined);
    // Several patterns may match one path: what it takes is what they take together.
    fallback.all(path, (_request, response, next) => {
      for (const method of methods) allowedAt(response).add(method.toUpperCase());
      next();
    });
  }
  fallback.use(refuse);
  return fallback;
}

function refuse(request: Request, response: Response, next: NextFunction): void {
  const allowed = allowedAt(response);
  if (allowed.has('GET')) allowed.add('HEAD');
  if (allowed.size === 0 || allowed.has(request.method)) {
    next();
    return;
  }
  const methods = [...allowed].sort();
  response.set('allow', methods.join(', '));
  throw new ServiceError('METHOD_NOT_ALLOWED', `${request.path} takes ${methods.join(', ')}, not ${request.method}`);
}

function allowedAt({ locals }: Response): Set<string> {
  return (locals['allowedMethods'] ??= new Set<string>()) as Set<string>;
}

function routesWithin(router: Router): Pick<IRoute, 'path' | 'stack'>[] {
  return (router.stack as RouterLayer[]).flatMap(({ route, handle }) => {
    if (route !== undefined) return [route];
    return isRouter(handle) ? routesWithin(handle) : [];
  });
}

function isRouter(handle: unknown): handle is Router {
  return typeof handle === 'function' && 'stack' in handle;
}
