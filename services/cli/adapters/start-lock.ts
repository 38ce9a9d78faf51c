import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServiceError } from '#shared/http/service-error.js';
import { processState } from './process-identity.js';

const FILE = 'start.pid';

interface Holder {
  pid: number;
  /** When it began; undefined: the lock does not tell. */
  since: string | undefined;
}

/**
 * Makes this process the only one that runs a fleet in `folder`, by `start.pid`, which holds its process id and, in a second
 * line, when it began. A lock whose process is gone is taken over, also where another process has its id by now.
 * @returns gives the lock back
 * @throws ServiceError UNAVAILABLE naming the process that holds the lock
 */
export async function takeStartLock(folder: string, pid: number = process.pid): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const lock = join(folder, FILE);
  const own = `${lock}.${pid}`;
  const state = await processState(pid);
  const content = `${pid}\n${state.runs && state.since !== undefined ? `${state.since}\n` : ''}`;
  // Written aside and linked: the lock is there with its content or not at all, so that nobody reads an empty one.
  await writeFile(own, content);
  try {
    while (!(await linked(own, lock))) {
      const found = await readLock(lock);
      const holder = holderOf(found);
      // In a container each start may have the same id: a lock with our own was left by a process before us.
      if (holder !== undefined && holder.pid !== pid && (await isHeldBy(holder))) throw held(holder.pid, folder);
      await removeStale(lock, `${own}.stale`, found);
    }
  } finally {
    await rm(own, { force: true });
  }
  return async () => {
    if ((await readLock(lock)) === content) await rm(lock, { force: true });
  };
}

async function isHeldBy({ pid, since }: Holder): Promise<boolean> {
  const state = await processState(pid);
  return state.runs && (since === undefined || state.since === undefined || state.since === since);
}

function held(holder: number, folder: string): ServiceError {
  const message = `another npm start (pid ${holder}) is running in ${folder}; stop it, or use another folder with --data-dir`;
  return new ServiceError('UNAVAILABLE', message);
}

/** Moved before it is removed: what was moved may be the lock of another that took over first, and goes back then. */
async function removeStale(lock: string, aside: string, stale: string | undefined): Promise<void> {
  try {
    await rename(lock, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if ((await readLock(aside)) !== stale) await linked(aside, lock);
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

/** Undefined: no such file. */
async function readLock(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined: no process id in it. */
function holderOf(lock: string | undefined): Holder | undefined {
  const [pid = '', since] = (lock ?? '').trim().split('\n');
  // 0 and below would ask for a group of processes, not for one.
  return /^[1-9]\d*$/.test(pid) ? { pid: Number(pid), since } : undefined;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
