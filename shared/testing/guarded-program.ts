import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const graceMs = 2_000;
const logTailCharacters = 2_000;

/** A program of a test: it ends with the test's process, however that ends. */
export interface GuardedProgram {
  readonly name: string;
  readonly child: ChildProcess;
  readonly logPath: string;
  readonly exited: Promise<void>;
  readonly guard: ChildProcess | undefined;
}

/** Starts a program whose output goes to `<dir>/<name>.log`. */
export function startProgram(name: string, path: string, args: readonly string[], dir: string): GuardedProgram {
  const logPath = join(dir, `${name}.log`);
  const log = openSync(logPath, 'w');
  const child = spawn(path, args, { cwd: dir, stdio: ['ignore', log, log] });
  closeSync(log);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  return { name, child, logPath, exited, guard: child.pid === undefined ? undefined : startGuard(child.pid) };
}

/**
 * A shell that outlives us for a moment: its input ends when this process does, and then it kills the program. An exit handler would
 * not run when this process is killed. The shell stands in a process group of its own, out of the reach of Ctrl-c.
 */
function startGuard(pid: number): ChildProcess {
  const script = 'cat >/dev/null; kill -9 "$1" 2>/dev/null';
  return spawn('/bin/sh', ['-c', script, 'guard', String(pid)], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
}

/** In the reverse order of the start. What does not end in its grace period is killed: nothing of a test is worth keeping. */
export async function stopPrograms(programs: readonly GuardedProgram[]): Promise<void> {
  for (const program of programs.toReversed()) {
    const { child, exited, guard } = program;
    if (!hasEnded(program)) {
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await exited;
      clearTimeout(kill);
    }
    // Killed, not let go: the program's process id may be another's by now.
    if (guard?.kill('SIGKILL') === true) await once(guard, 'exit');
  }
}

/** True also for a program that could not be started. */
export function hasEnded({ child }: GuardedProgram): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** The end of what a program printed, for the message of an error. */
export async function logTail({ logPath }: GuardedProgram): Promise<string> {
  return (await readFile(logPath, 'utf8')).slice(-logTailCharacters);
}
