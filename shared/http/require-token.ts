import { createHash, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { ServiceError } from './service-error.js';

/**
 * Middleware of endpoints that change something. With a token set, every caller must bring it; without one, only callers on this
 * machine's loopback are served (in a pod that is also where `kubectl port-forward` arrives), and a network is never served.
 */
export function requireToken(apiToken: string) {
  const expected = digest(apiToken);
  return (request: Request, response: Response, next: NextFunction): void => {
    if (apiToken === '') {
      if (!isLoopback(request.socket.remoteAddress ?? '')) {
        throw new ServiceError('UNAUTHORIZED', 'only callers on loopback may do this until a token is set (INFERNO_API_TOKEN)');
      }
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

/** Whether an address of a connection is this machine's own, in either notation. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(address);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
