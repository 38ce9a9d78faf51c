import type { Request, Response } from 'express';
import { ServiceError } from './service-error.js';

/**
 * Stands before a GET that does something: who asks for the head of an answer asks for nothing to be done, and without this Express
 * would run it.
 * @param methods what the path takes instead, sorted
 */
export function refuseHead(methods: readonly string[]) {
  const allowed = methods.join(', ');
  return ({ path }: Request, response: Response): void => {
    response.set('allow', allowed);
    throw new ServiceError('METHOD_NOT_ALLOWED', `${path} takes ${allowed}, not HEAD`);
  };
}
