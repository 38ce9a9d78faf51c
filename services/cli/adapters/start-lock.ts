import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServiceError } from '#shared/http/service-error.js';

const FILE = 'start.pid';

/**
 * Makes this process the only one that runs a fleet in `folder`, by `start.pid`, which holds its process id. A lock whose
 * process is gone is taken over.
 * @returns gives the lock back
 * @throws ServiceError UNAVAILABLE naming the process that holds the lock
 */
export async function takeStartLock(folder: string, pid: number = process.pid): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const lock = join(folder, FILE);
  const own = `${lock}.${pid}`;
  // Written aside and linked: the lock is there with its content or not at all, so that nobody reads an empty one.
  await writeFile(own, `${pid}\n`);
  try {
    while (!(await linked(own, lock))) {
      const holder = await readPid(lock);
      // In a container each start may have the same id: a lock with our own was left by a process before us.
      if (holder !== undefined && holder !== pid && isAlive(holder)) throw held(holder, folder);
      await removeStale(lock, `${own}.stale`, holder);
    }
  } finally {
    await rm(own, { force: true });
  }
  return async () => {
    if ((await readPid(lock)) === pid) await rm(lock, { force: true });
  };
}

function held(holder: number, folder: string): ServiceError {
  const message = `another npm start (pid ${holder}) is running in ${folder}; stop it, or use another folder with --data-dir`;
  return new ServiceError('UNAVAILABLE', message);
}

/** Moved before it is removed: what was moved may be the lock of another that took over first, and goes back then. */
async function removeStale(lock: string, aside: string, staleHolder: number | undefined): Promise<void> {
  try {
    await rename(lock, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if ((await readPid(aside)) !== staleHolder) await linked(aside, lock);
  await rm(aside, { force: true });
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined: no such file, or no process id in it. */
async function readPid(file: string): Promise<number | undefined> {
  try {
    const text = (await readFile(file, 'utf8')).trim();
    // 0 and below would ask for a group of processes, not for one.
    return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, but another user's.
    return codeOf(error) === 'EPERM';
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
