import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** `since`: when it began, alike for each look at the same process; undefined where this system does not tell. */
export type ProcessState = { runs: false } | { runs: true; since: string | undefined };

const GONE: ProcessState = { runs: false };

/** Whether a process runs, and since when: an id is given to another process once its own has ended, a beginning is not. */
export async function processState(pid: number, platform: NodeJS.Platform = process.platform): Promise<ProcessState> {
  if (!answersSignals(pid)) return GONE;
  return platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, but another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** proc(5): field 3 is the state, field 22 the beginning in clock ticks since the machine's, which has an id of its own. */
async function fromProc(pid: number): Promise<ProcessState> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // Field 2 is the command in parentheses, and may have any of ` ()` within.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return isOver(fields[0]) ? GONE : { runs: true, since: `${boot.trim()}+${fields[22 - 3]}` };
  } catch {
    return { runs: true, since: undefined };
  }
}

async function fromPs(pid: number): Promise<ProcessState> {
  try {
    // In one language and time zone, or the same process would have begun at another time for another user.
    const { stdout } = await run('env', ['LC_ALL=C', 'TZ=UTC0', 'ps', '-o', 'stat=,lstart=', '-p', String(pid)]);
    const [state, ...since] = stdout.trim().split(/\s+/);
    return isOver(state) ? GONE : { runs: true, since: since.join(' ') };
  } catch {
    return { runs: true, since: undefined };
  }
}

/** Ended, and only waiting for its parent to take note. */
function isOver(state: string | undefined): boolean {
  return state?.startsWith('Z') === true || state?.startsWith('X') === true;
}
