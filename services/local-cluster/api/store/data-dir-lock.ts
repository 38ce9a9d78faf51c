import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceError } from '#shared/http/service-error.js';

// The length of a socket's path is limited to 107 bytes on Linux, 103 on macOS.
const LONGEST_SOCKET_PATH = 100;

/**
 * Keeps a second process (or a second start in this one) away from a data folder. The lock is a listening socket: it falls with
 * its process, however that dies, and no process id can be mistaken for another.
 * @returns the release
 * @throws ServiceError UNAVAILABLE when somebody holds the folder
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = socketPath(dataDir);
  const server = createServer((socket) => socket.destroy());
  if (!(await tryListen(server, path))) {
    if (await isAnswered(path))
      throw new ServiceError(
        'UNAVAILABLE',
        `${dataDir} is in use by another local-cluster; stop it, or choose another folder with LOCAL_CLUSTER_DIR`,
      );
    rmSync(path, { force: true });
    if (!(await tryListen(server, path))) throw new ServiceError('UNAVAILABLE', `${dataDir} cannot be locked: ${path} is taken`);
  }
  server.unref();
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
    });
}

function socketPath(dataDir: string): string {
  const real = realpathSync(dataDir);
  const inside = join(real, 'lock');
  if (Buffer.byteLength(inside) <= LONGEST_SOCKET_PATH) return inside;
  return join(tmpdir(), `inferno-${createHash('sha256').update(real).digest('hex').slice(0, 24)}.lock`);
}

function tryListen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    };
    server.once('error', onError);
    server.listen(path, () => {
      server.off('error', onError);
      resolve(true);
    });
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
