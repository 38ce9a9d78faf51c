import type { Response } from 'express';
import { ServiceError } from '#shared/http/service-error.js';

/** Aborts when the client goes away before it has its answer: nobody waits for it any more. */
export function whileConnected(response: Response): AbortSignal {
  const connected = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) connected.abort(new ServiceError('BAD_REQUEST', 'the client went away before its answer'));
  });
  return connected.signal;
}
