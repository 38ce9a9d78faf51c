import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ServiceError } from './service-error.js';

export interface ListenOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Named in the error when the port is taken. */
  portVariable: string;
}

export interface Listening {
  url: string;
  port: number;
  /** Stops accepting, lets running requests end for up to `graceMs` (default 5 s), then cuts them. */
  close(graceMs?: number): Promise<void>;
}

/** @throws ServiceError UNAVAILABLE when the port is in use or not allowed */
export async function listen(handler: RequestListener, options: ListenOptions): Promise<Listening> {
  const server = createServer(handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, options)));
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return { url: `http://${host}:${port}`, port, close: (graceMs = 5_000) => closeServer(server, graceMs) };
}

function explain(error: NodeJS.ErrnoException, { host, port, portVariable }: ListenOptions): Error {
  if (error.code === 'EADDRINUSE') {
    return new ServiceError('UNAVAILABLE', `port ${port} on ${host} is already in use; choose another with ${portVariable}`, {
      cause: error,
    });
  }
  return new ServiceError('UNAVAILABLE', `cannot listen on ${host}:${port} (${portVariable}): ${error.message}`, {
    cause: error,
  });
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
