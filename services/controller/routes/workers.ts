import { Router } from 'express';
import type { Worker } from '#shared/contracts/loop.js';
import { ServiceError } from '#shared/http/service-error.js';
import type { Collector } from '../ports.js';

/** `GET /servers/:name/workers`: the pods of a server as the collector sees them now, not as the latest cycle did. */
export function workerRoutes(collector: Collector): Router {
  const router = Router();
  router.get('/servers/:name/workers', async (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort(new Error('the caller is gone')));
    const { workers } = await collector.collect(gone.signal);
    response.json(workersOf(workers, request.params.name));
  });
  return router;
}

function workersOf(workers: Readonly<Record<string, Worker[]>>, name: string): Worker[] {
  const found = Object.hasOwn(workers, name) ? workers[name] : undefined;
  if (found !== undefined) return found;
  throw new ServiceError('NOT_FOUND', `no server "${name}"; known: ${Object.keys(workers).join(', ') || 'none'}`);
}
