import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const LAST_LINES = 12;

export interface ChildSpec {
  name: string;
  /** Program file and its arguments, run by this same Node. */
  args: readonly string[];
  /** Further arguments of the first start, not of those after it has died. */
  firstArgs?: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  /** Everything the child prints is appended here. */
  logFile: string;
}

export interface ChildEvents {
  onLine: (name: string, line: string) => void;
  onExit: (name: string, exit: ChildExit) => void;
}

export interface ChildExit {
  /** In words. */
  how: string;
  /** Null where it was ended by a signal, or did not begin. */
  code: number | null;
  /** The last that it had to say. */
  lastLines: readonly string[];
}

export interface Child {
  readonly pid: number | undefined;
  /** SIGTERM, then SIGKILL after `graceMs`; resolves when the process is gone. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts a service as a process of its own. It gets its own process group, so that a ctrl-c at the terminal reaches only
 * the supervisor, which stops its children in order; and an IPC channel, by whose end it learns that the supervisor is gone.
 */
export function startChild(spec: Omit<ChildSpec, 'firstArgs'>, events: ChildEvents): Child {
  const lastLines: string[] = [];
  const onLine = (name: string, line: string): void => {
    lastLines.push(line);
    if (lastLines.length > LAST_LINES) lastLines.shift();
    events.onLine(name, line);
  };
  const log = createWriteStream(spec.logFile, { flags: 'a' });
  const child = spawn(process.execPath, ['--enable-source-maps', ...spec.args], {
    env: spec.env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const printed = [child.stdout, child.stderr].map((stream) => forward(stream, spec.name, log, onLine));
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      events.onExit(spec.name, { how: `could not be started: ${error.message}`, code: null, lastLines });
      log.end(resolve);
    });
    child.once('close', (code, signal) => {
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      // The line reader is behind the stream: the last words come after its end.
      void Promise.all(printed).then(() => {
        events.onExit(spec.name, { how, code, lastLines });
        log.end(resolve);
      });
    });
  });
  return { pid: child.pid, stop: (graceMs) => stopChild(child, gone, graceMs) };
}

/** Resolves when the last line is forwarded. */
function forward(stream: Readable | null, name: string, log: WriteStream, onLine: ChildEvents['onLine']): Promise<void> {
  if (stream === null) return Promise.resolve();
  return new Promise((resolve) => {
    createInterface({ input: stream })
      .on('line', (line) => {
        log.write(`${line}\n`);
        onLine(name, line);
      })
      .once('close', resolve);
  });
}

async function stopChild(child: ChildProcess, gone: Promise<void>, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(kill);
}
