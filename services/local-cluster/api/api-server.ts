import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '#shared/clock/clock.js';
import { realClock } from '#shared/clock/real-clock.js';
import { ServiceError } from '#shared/http/service-error.js';
import { silentLogger, type Logger } from '#shared/observe/logger.js';
import { createApiApp } from './http/app.js';
import { expireEvents } from './registry/event-expiry.js';
import { createFirstObjects } from './registry/first-objects.js';
import { Registry } from './registry/registry.js';
import { writeKubeconfig } from './security/kubeconfig.js';
import { loadServerIdentity } from './security/tls.js';
import { loadToken } from './security/token.js';
import { lockDataDir } from './store/data-dir-lock.js';
import { Journal } from './store/journal.js';
import { ObjectStore } from './store/object-store.js';

/** As a real server has it; with Node's 5 s, clients keep meeting connections that close as they reuse them. */
const IDLE_CONNECTION_MS = 90_000;

export interface ApiServerOptions {
  /** Where the cluster lives: objects, keys, token, kubeconfig. Made when it is not there. */
  dataDir: string;
  /** 0, the default, takes a free one. */
  port?: number;
  /** Loopback by default. */
  host?: string;
  /** Forgets all objects; keys and token stay, so that kubeconfigs in use go on working. */
  fresh?: boolean;
  logger?: Logger;
  clock?: Clock;
}

export interface ApiServer {
  url: string;
  port: number;
  kubeconfigPath: string;
  /** Ends all watches and connections and releases the data folder. */
  close(): Promise<void>;
}

/**
 * Starts the embedded Kubernetes API server: HTTPS with a certificate authority of its own and a bearer token, both written to
 * `<dataDir>/kubeconfig`.
 * @throws ServiceError UNAVAILABLE when the port is taken, the folder in use by another, or its content damaged
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { dataDir, port = 0, host = '127.0.0.1', fresh = false, logger = silentLogger, clock = realClock } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const unlock = await lockDataDir(dataDir);
  const undo: (() => void | Promise<void>)[] = [unlock];
  const undoAll = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const journal = new Journal(join(dataDir, 'objects'));
    undo.push(() => journal.close());
    if (fresh) journal.clear();
    const store = new ObjectStore(journal);
    const registry = new Registry(store, clock);
    createFirstObjects(store, registry);
    undo.push(expireEvents(store, clock));

    const secrets = join(dataDir, 'secrets');
    const identity = await loadServerIdentity(secrets, host, clock.now());
    const token = loadToken(secrets);
    const app = createApiApp({ store, registry, clock, logger, token });
    const server = createServer({ key: identity.key, cert: identity.cert }, app);
    server.keepAliveTimeout = IDLE_CONNECTION_MS;
    const sockets = trackSockets(server);
    undo.push(() => closeServer(server, sockets));
    const listening = await listen(server, port, host);
    const url = `https://${host.includes(':') ? `[${host}]` : host}:${listening}`;
    const kubeconfigPath = writeKubeconfig(dataDir, { url, caCert: identity.caCert, token });
    return { url, port: listening, kubeconfigPath, close: undoAll };
  } catch (error) {
    await undoAll();
    throw error;
  }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? portTaken(port, host, error) : error),
    );
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

function portTaken(port: number, host: string, cause: Error): Error {
  return new ServiceError('UNAVAILABLE', `port ${port} on ${host} is already in use; choose another with LOCAL_CLUSTER_PORT`, {
    cause,
  });
}

/** Every connection, also one whose TLS handshake is not done: `closeAllConnections` knows only those that speak HTTP already. */
function trackSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

function closeServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}
