import { type Express, type Request, type Response, Router } from 'express';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import { controlStateSchema, updateRequestSchema, type ActuatorStatus } from '#shared/contracts/loop.js';
import { ONE_TEMPLATE } from '#shared/contracts/only-for-plans.js';
import { parseContract } from '#shared/contracts/parse-contract.js';
import { allocationSchema } from '#shared/contracts/system-data.js';
import { createServiceApp } from '#shared/http/create-service-app.js';
import { requireToken } from '#shared/http/require-token.js';
import type { Logger } from '#shared/observe/logger.js';
import { createUpdateMetrics } from './metrics.js';
import type { ControlStore } from './ports.js';
import { updateServers, type UpdateDeps } from './update-servers.js';

export interface ActuatorAppOptions extends UpdateDeps {
  control: ControlStore;
  status: () => ActuatorStatus;
  /** Since when there is no contact with the API server, ms since the epoch. */
  staleSince: () => number | undefined;
  apiToken: string;
  logger: Logger;
  registry: Registry;
}

/**
 * A count that is not given must not become the contract's default: zero replicas are only ever asked for by name. And what only a
 * plan may have is refused, not left out.
 */
const explicitUpdateSchema = updateRequestSchema.extend({
  parts: z
    .unknown()
    .refine(() => false, { error: `must be absent: ${ONE_TEMPLATE}` })
    .optional(),
  allocations: z.record(z.string(), allocationSchema.extend({ numReplicas: z.int().nonnegative() })),
});

/** `POST /update`, `GET /status`, `GET|PUT|POST /control`; `/health` is not ok while the API server is out of reach. */
export function createApp(options: ActuatorAppOptions): Express {
  const { control, status, staleSince, apiToken, logger, registry } = options;
  const countResults = createUpdateMetrics(registry);
  const authorized = requireToken(apiToken);
  const routes = Router();

  routes.post('/update', authorized, async (request, response) => {
    const { value, warnings } = parseContract(explicitUpdateSchema, request.body as unknown, 'update');
    for (const warning of warnings) logger.warn(warning);
    const answer = await updateServers(value, options);
    countResults(answer);
    response.json(answer);
  });

  routes.get('/status', (_request, response) => {
    response.json(status());
  });

  routes
    .route('/control')
    .get(async (_request, response) => {
      response.json(await control.read());
    })
    .all(authorized)
    .put(putControl)
    .post(putControl);

  async function putControl(request: Request, response: Response): Promise<void> {
    const { value } = parseContract(controlStateSchema, request.body as unknown, 'control');
    await control.write(value);
    logger.info('control changed', { control: value });
    response.json(value);
  }

  return createServiceApp({
    service: 'actuator',
    logger,
    registry,
    routes,
    health: () => {
      const since = staleSince();
      return since === undefined
        ? { status: 'ok' }
        : { status: 'unavailable', reason: `no contact with the API server since ${new Date(since).toISOString()}` };
    },
  });
}
