import { Router, type NextFunction, type Request, type Response } from 'express';
import { refuseHead } from '#shared/http/refuse-head.js';
import { ServiceError, errorCodes } from '#shared/http/service-error.js';
import type { ControlLoop } from '../cycle/control-loop.js';
import type { Authorize } from './authorize.js';
import { wants } from './negotiate.js';

/** `GET|POST /invoke`: one cycle, answered when it is done; `?dryRun=true` decides and explains, and acts on nothing. */
export function invokeRoutes(loop: ControlLoop, authorize: Authorize): Router {
  const router = Router();
  router.head('/invoke', refuseHead(['GET', 'POST']));
  router.route('/invoke').get(mayAct, invoke).post(mayAct, invoke);
  return router;

  /** A dry run changes nothing, so anybody may ask for it. */
  function mayAct(request: Request, response: Response, next: NextFunction): void {
    if (isDryRun(request)) next();
    else authorize(request, response, next);
  }

  async function invoke(request: Request, response: Response): Promise<void> {
    const { record, errorCode } = await loop.run('invoke', isDryRun(request));
    response.status(errorCode === undefined ? 200 : errorCodes[errorCode]);
    if (wants(request, 'text') === 'json') response.json(record);
    else response.type('text/plain').send(errorCode === undefined ? 'OK' : `${record.reason}\n`);
  }
}

/** @throws ServiceError BAD_REQUEST on whatever else is asked for: who misspells `dryRun` must not get a cycle that acts */
function isDryRun({ query, body }: Request): boolean {
  const unknown = Object.keys(query).find((key) => key !== 'dryRun');
  if (unknown !== undefined) {
    throw new ServiceError(
      'BAD_REQUEST',
      `query: ${JSON.stringify(unknown)}: unknown; the only one is dryRun=true or dryRun=false`,
    );
  }
  if (!isEmptyBody(body)) {
    throw new ServiceError('BAD_REQUEST', 'body: must be absent; a dry run is asked for in the query, ?dryRun=true');
  }
  const value = query['dryRun'];
  if (value === undefined || value === 'false' || value === '0') return false;
  if (value === 'true' || value === '1' || value === '') return true;
  throw new ServiceError('BAD_REQUEST', `dryRun: ${JSON.stringify(value)}: must be true or false`);
}

function isEmptyBody(body: unknown): boolean {
  return body === undefined || (typeof body === 'object' && body !== null && Object.keys(body).length === 0);
}
