import { randomUUID } from 'node:crypto';
import express, { Router, type Express, type NextFunction, type Request, type Response } from 'express';
import { Histogram, type Registry } from 'prom-client';
import { ContractError } from '#shared/contracts/contract-error.js';
import { errorText, type Logger } from '#shared/observe/logger.js';
import { methodNotAllowed } from './method-not-allowed.js';
import { errorCodes, ServiceError, type ErrorCode } from './service-error.js';

export interface ServiceAppOptions {
  service: string;
  logger: Logger;
  registry: Registry;
  /** The service's own routes; `/health`, `/metrics`, 404, 405 and errors are added around them. */
  routes: Router;
  /** What `/health` adds to `{ status }`; throwing, or `status` other than `ok`, answers 503. */
  health?: () => Readonly<Record<string, unknown>>;
  bodyLimit?: string;
}

/** An express app with what every service has: request ids, JSON bodies, request metrics, health, errors in one shape. */
export function createServiceApp(options: ServiceAppOptions): Express {
  const { service, logger, registry, routes, health, bodyLimit = '16mb' } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(identifyRequest);
  app.use(measureRequests(registry));
  app.use(express.json({ limit: bodyLimit, strict: false }));
  app.use(refuseOtherBodies);
  const all = Router();
  all.get('/health', (_request, response) => {
    const state = { status: 'ok', service, ...health?.() };
    response.status(state.status === 'ok' ? 200 : 503).json(state);
  });
  all.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  all.use(routes);
  app.use(all, methodNotAllowed(all));
  app.use((request: Request) => {
    throw new ServiceError('NOT_FOUND', `no such endpoint: ${request.method} ${request.path}`);
  });
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const answer = toServiceError(error);
    const requestId = String(response.locals['requestId']);
    if (answer.status >= 500) {
      logger.error(`${request.method} ${request.path} failed`, {
        requestId,
        code: answer.code,
        error: errorText(error),
        ...stackOf(error),
      });
    }
    response
      .status(answer.status)
      .json({ error: { code: answer.code, message: answer.message, details: answer.details, requestId } });
  });
  return app;
}

/** A body that is not parsed would look like one that is absent. */
function refuseOtherBodies(request: Request, _response: Response, next: NextFunction): void {
  if (request.body === undefined && Number(request.get('content-length') ?? 0) > 0) {
    throw new ServiceError(
      'BAD_REQUEST',
      `body: content-type ${request.get('content-type') ?? 'absent'}: must be application/json`,
    );
  }
  next();
}

function identifyRequest(request: Request, response: Response, next: NextFunction): void {
  const given = request.get('x-request-id');
  const requestId = given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
  response.locals['requestId'] = requestId;
  response.set('x-request-id', requestId);
  next();
}

function measureRequests(registry: Registry) {
  const duration = new Histogram({
    name: 'inferno_http_request_duration_seconds',
    help: 'Time to answer a request, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  return (request: Request, response: Response, next: NextFunction): void => {
    const stop = duration.startTimer();
    response.once('finish', () => {
      // The route's pattern, never the path itself: one series per route, whatever is asked for.
      const route = (request.route as { path?: unknown } | undefined)?.path;
      stop({ method: request.method, route: typeof route === 'string' ? route : 'none', status: String(response.statusCode) });
    });
    next();
  };
}

function toServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof ContractError)
    return new ServiceError('BAD_REQUEST', error.message, { details: error.issues, cause: error });
  const status = (error as { status?: unknown } | null)?.status;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const code: ErrorCode = status === errorCodes.PAYLOAD_TOO_LARGE ? 'PAYLOAD_TOO_LARGE' : 'BAD_REQUEST';
    const part = error instanceof URIError ? 'path' : 'body';
    const { limit } = error as { limit?: unknown };
    const most = typeof limit === 'number' ? `: at most ${limit} bytes` : '';
    return new ServiceError(code, `${part}: ${errorText(error)}${most}`, { cause: error });
  }
  return new ServiceError('INTERNAL', 'unexpected error; the log has it under this request id', { cause: error });
}

function stackOf(error: unknown): { stack?: string } {
  return error instanceof Error && !(error instanceof ServiceError) && error.stack !== undefined ? { stack: error.stack } : {};
}
