import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { generate } from 'selfsigned';
import type { Clock } from '#shared/clock/clock.js';
import { ServiceError } from '#shared/http/service-error.js';
import type { Pod } from '#shared/kube/wire.js';
import { errorText, type Logger } from '#shared/observe/logger.js';
import type { LogLine } from './container-log.js';
import { formatLine, parseLogQuery, selectLines, type LogQuery } from './log-query.js';
import type { LogStore } from './log-store.js';

export interface LogServerOptions {
  logs: LogStore;
  /** The pod of that name that this kubelet runs. */
  findPod: (namespace: string, name: string) => Pod | undefined;
  host: string;
  clock: Clock;
  logger: Logger;
}

export interface LogServer {
  port: number;
  close(): Promise<void>;
}

/**
 * The part of the kubelet's own API that API servers use: `GET /containerLogs/{namespace}/{pod}/{container}`, as plain text, over
 * HTTPS with a certificate made at the start (API servers do not verify it unless told to). It listens on loopback and shows
 * what containers print, to whoever is on this machine.
 */
export async function startLogServer(options: LogServerOptions): Promise<LogServer> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'local-cluster-kubelet' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: options.host }] }],
  });
  const server = createServer({ key, cert }, createLogApp(options));
  // Raw sockets, because closeAllConnections does not know those that are still in their TLS handshake.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export function createLogApp({ logs, findPod, clock, logger }: Omit<LogServerOptions, 'host'>): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/healthz', (_request, response) => {
    response.type('text/plain').send('ok');
  });
  app.get('/containerLogs/:namespace/:pod/:container', (request, response) => {
    const { namespace, pod: podName, container } = request.params;
    const query = parseLogQuery(request.query, clock.now());
    const pod = findPod(namespace, podName);
    if (pod === undefined) throw new ServiceError('NOT_FOUND', `pod "${podName}" not found in namespace "${namespace}"`);
    const log = findLog(logs, pod, container, query);
    response.type('text/plain');
    send(response, log, query);
  });
  app.use((error: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const status = error instanceof ServiceError ? error.status : 500;
    if (status === 500) logger.error(`${request.method} ${request.path} failed`, { error: errorText(error) });
    response.status(status).type('text/plain').send(errorText(error));
  });
  return app;
}

type Log = NonNullable<ReturnType<LogStore['find']>>['current'];

/** In the kubelet's words, which kubectl shows as they are. */
function findLog(logs: LogStore, pod: Pod, container: string, { previous }: QueryChoice): Log {
  const name = pod.metadata?.name ?? '';
  const spec = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find((item) => item.name === container);
  if (spec === undefined) throw new ServiceError('NOT_FOUND', `container "${container}" not found in pod "${name}"`);
  const log = logs.find(pod.metadata?.uid ?? '', container);
  const found = previous ? log?.previous : log?.current;
  if (found !== undefined) return found;
  if (previous) throw new ServiceError('BAD_REQUEST', `previous terminated container "${container}" in pod "${name}" not found`);
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const state = statuses.find((item) => item.name === container)?.state;
  if (state?.terminated !== undefined)
    throw new ServiceError(
      'NOT_FOUND',
      `the output of container "${container}" in pod "${name}" went with the kubelet that ran it`,
    );
  const waiting = state?.waiting?.reason ?? 'ContainerCreating';
  throw new ServiceError('BAD_REQUEST', `container "${container}" in pod "${name}" is waiting to start: ${waiting}`);
}

/** Bytes that a follower may be behind before it is cut off. */
const MOST_UNSENT = 1024 * 1024;

type QueryChoice = Pick<LogQuery, 'previous'>;

/** Writes the lines that the query asks for and, when following, those to come; ends with the container, the limit or the client. */
function send(response: Response, log: Log, query: LogQuery): void {
  let left = query.limitBytes ?? Infinity;
  let unfollow: () => void = () => undefined;
  const finish = (): void => {
    unfollow();
    response.end();
  };
  const write = (line: LogLine): void => {
    if (response.writableEnded) return;
    const text = Buffer.from(formatLine(line, query.timestamps));
    response.write(text.length > left ? text.subarray(0, left) : text);
    left -= text.length;
    if (left <= 0 || response.writableLength > MOST_UNSENT) finish();
  };
  response.flushHeaders();
  for (const line of selectLines(log.lines, query)) write(line);
  if (!query.follow || response.writableEnded) {
    finish();
    return;
  }
  unfollow = log.follow(write, finish);
  response.once('close', unfollow);
}
