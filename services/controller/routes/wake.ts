import { Router } from 'express';
import type { WakeResponse } from '#shared/contracts/controller.js';
import { errorCodes } from '#shared/http/service-error.js';
import type { ControlLoop } from '../cycle/control-loop.js';
import type { Authorize } from './authorize.js';

/** `POST /servers/:name/wake`: a server without replicas gets one, in a cycle of its own; answered when that is done. */
export function wakeRoutes(loop: ControlLoop, authorize: Authorize): Router {
  const router = Router();
  router.post('/servers/:name/wake', authorize, async (request, response) => {
    const name = String(request.params['name']);
    const outcome = await loop.wake(name);
    if (outcome === undefined) {
      const answer: WakeResponse = { woken: false, reason: `${name} has replicas already: nothing to do`, record: null };
      response.json(answer);
      return;
    }
    const { record, errorCode } = outcome;
    const result = Object.hasOwn(record.results, name) ? record.results[name] : undefined;
    const decision = Object.hasOwn(record.servers, name) ? record.servers[name] : undefined;
    const answer: WakeResponse = {
      woken: result?.status === 'applied',
      reason: errorCode === undefined ? (result?.reason ?? decision?.verdict.reason ?? record.reason) : record.reason,
      record,
    };
    response.status(errorCode === undefined ? 200 : errorCodes[errorCode]).json(answer);
  });
  return router;
}
