import { Router, type Request, type Response } from 'express';
import { ServiceError, errorCodes } from '#shared/http/service-error.js';
import type { ControlLoop } from '../cycle/control-loop.js';
import type { Authorize } from './authorize.js';
import { wants } from './negotiate.js';

/** `GET|POST /invoke`: one cycle, answered when it is done; `?dryRun=true` decides and explains, and acts on nothing. */
export function invokeRoutes(loop: ControlLoop, authorize: Authorize): Router {
  const router = Router();
  router.all('/invoke', (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'POST') {
      next();
      return;
    }
    // A dry run changes nothing, so anybody may ask for it.
    if (isDryRun(request)) next();
    else authorize(request, response, next);
  });
  router.route('/invoke').get(invoke).post(invoke);
  return router;

  async function invoke(request: Request, response: Response): Promise<void> {
    const { record, errorCode } = await loop.run('invoke', isDryRun(request));
    response.status(errorCode === undefined ? 200 : errorCodes[errorCode]);
    if (wants(request, 'text') === 'json') response.json(record);
    else response.type('text/plain').send(errorCode === undefined ? 'OK' : `${record.reason}\n`);
  }
}

function isDryRun({ query }: Request): boolean {
  const value = query['dryRun'];
  if (value === undefined || value === 'false' || value === '0') return false;
  if (value === 'true' || value === '1' || value === '') return true;
  throw new ServiceError('BAD_REQUEST', `dryRun: ${JSON.stringify(value)}: must be true or false`);
}
