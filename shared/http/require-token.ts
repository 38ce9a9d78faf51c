import { timingSafeEqual, createHash } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { ServiceError } from './service-error.js';

/** Middleware of endpoints that change something. An empty token asks for none; see `assertTokenWhereNeeded`. */
export function requireToken(apiToken: string) {
  const expected = digest(apiToken);
  return (request: Request, response: Response, next: NextFunction): void => {
    if (apiToken === '') {
      next();
      return;
    }
    const given = /^Bearer (.+)$/i.exec(request.get('authorization') ?? '')?.[1] ?? '';
    if (!timingSafeEqual(digest(given), expected)) {
      response.set('www-authenticate', 'Bearer');
      throw new ServiceError('UNAUTHORIZED', 'a valid bearer token is needed (INFERNO_API_TOKEN)');
    }
    next();
  };
}

/** @throws ServiceError when a service would offer its changing endpoints to a network without a token */
export function assertTokenWhereNeeded(host: string, apiToken: string): void {
  if (apiToken !== '' || isLoopback(host)) return;
  throw new ServiceError(
    'BAD_REQUEST',
    `listening on ${host}, which is not loopback, needs a bearer token: set INFERNO_API_TOKEN`,
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
