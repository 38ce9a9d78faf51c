import { Router } from 'express';
import type { ServersResponse } from '#shared/contracts/controller.js';
import { ServiceError } from '#shared/http/service-error.js';
import { explanationText } from '../core/summary.js';
import type { ControlLoop } from '../cycle/control-loop.js';
import { wants } from './negotiate.js';

export interface ReadRoutesOptions {
  loop: ControlLoop;
  nextCycleAt: () => number | null;
  /** Most that `/cycles` has to give. */
  history: number;
}

const DEFAULT_CYCLES = 20;

/** `GET /cycles`, `/servers`, `/explain/:server`: what the latest cycles saw, decided and did. */
export function readRoutes({ loop, nextCycleAt, history }: ReadRoutesOptions): Router {
  const router = Router();

  router.get('/cycles', (request, response) => {
    const limit = limitOf(request.query['limit'], history);
    response.json({ cycles: loop.recent(limit) });
  });

  router.get('/servers', (_request, response) => {
    const record = loop.decided?.record;
    const answer: ServersResponse = {
      cycle: record?.cycle ?? null,
      at: record?.at ?? null,
      paused: record?.paused ?? false,
      nextCycleAt: nextCycleAt(),
      cost: record?.cost ?? { current: 0, planned: 0 },
      capacity: record?.capacity ?? {},
      servers: record?.servers ?? {},
    };
    response.json(answer);
  });

  router.get('/explain/:server', (request, response) => {
    const { server } = request.params;
    const explanations = loop.decided?.explanations ?? {};
    const explanation = Object.hasOwn(explanations, server) ? explanations[server] : undefined;
    if (explanation === undefined) {
      const known = Object.keys(explanations);
      const why = loop.decided === undefined ? 'no cycle has decided anything yet' : `known: ${known.join(', ') || 'none'}`;
      throw new ServiceError('NOT_FOUND', `no explanation of server "${server}"; ${why}`);
    }
    if (wants(request, 'json') === 'json') response.json(explanation);
    else response.type('text/plain').send(explanationText(explanation));
  });

  return router;
}

function limitOf(value: unknown, most: number): number {
  if (value === undefined) return Math.min(DEFAULT_CYCLES, most);
  const limit = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (limit >= 1 && limit <= most) return limit;
  throw new ServiceError('BAD_REQUEST', `limit: ${JSON.stringify(value)}: must be a whole number from 1 to ${most}`);
}
