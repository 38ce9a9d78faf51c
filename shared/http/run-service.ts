import { readSettings, type Setting, type SettingValues } from '#shared/config/settings.js';
import { asksForHelp, type Program, usage } from '#shared/config/usage.js';
import { ContractError } from '#shared/contracts/contract-error.js';
import { errorText } from '#shared/observe/logger.js';
import { ServiceError } from './service-error.js';

export interface RunningService {
  /** One line for the log: what runs, and where. */
  started: string;
  stop(): Promise<void>;
  /** Rejects when the service cannot go on; it is stopped then. */
  failed?: Promise<never>;
}

export interface ServiceProgram<S> extends Program<S> {
  env: Readonly<Record<string, string | undefined>>;
  /** The arguments after the program's name. */
  argv: readonly string[];
}

const EXIT_FAILED = 1;
/** Settings or files that cannot be used: to try again would not help. */
export const EXIT_BAD_INPUT = 2;
const EXIT_SECOND_SIGNAL = 130;
/** A ctrl-c reaches a program under npm twice, from the terminal and from npm, within milliseconds. Nobody presses it that fast. */
const SAME_SIGNAL_MS = 1000;

/**
 * The frame of every main.ts: prints the usage where it is asked for, else reads the settings and starts the service; stops it on
 * SIGINT and SIGTERM (a second signal, a second later, ends at once), answers expected failures of the start with a message instead of a stack, and
 * ends the process on an error nobody expected.
 * @param start rejects when the signal aborts; one that takes none has nothing to undo, and the process just ends
 */
export async function runService<S extends Record<string, Setting<unknown>>>(
  program: ServiceProgram<S>,
  start: (config: SettingValues<S>, stopping: AbortSignal) => Promise<RunningService>,
): Promise<void> {
  if (asksForHelp(program.argv)) {
    process.stdout.write(`${usage(program)}\n`);
    return;
  }
  const stopping = new AbortController();
  let running: RunningService | undefined;

  const stop = (exitCode: number): void => {
    stopping.abort(new ServiceError('UNAVAILABLE', 'stopped while starting'));
    if (running === undefined) {
      if (start.length < 2) process.exit(exitCode);
      return;
    }
    running.stop().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        process.stderr.write(`stopping failed: ${errorText(error)}\n`);
        process.exit(EXIT_FAILED);
      },
    );
  };
  let signalledMs = -Infinity;
  const onSignal = (signal: NodeJS.Signals): void => {
    const sinceMs = performance.now() - signalledMs;
    if (sinceMs < SAME_SIGNAL_MS) return;
    if (stopping.signal.aborted) process.exit(EXIT_SECOND_SIGNAL);
    signalledMs = performance.now();
    process.stderr.write(`${signal}: stopping\n`);
    stop(0);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // Started by a supervisor over an IPC channel: without it nobody would ever stop this process. That it is gone is told once
  // only, maybe already.
  process.once('disconnect', () => {
    if (!stopping.signal.aborted) onSignal('SIGTERM');
  });
  if (process.send !== undefined && !process.connected) onSignal('SIGTERM');

  try {
    running = await start(readSettings(program.settings, program.env, program.argv), stopping.signal);
  } catch (error) {
    if (stopping.signal.aborted) process.exit(0);
    process.stderr.write(`${failureText(error)}\n`);
    process.exit(exitCodeOf(error));
  }
  running.failed?.catch((error: unknown) => {
    if (stopping.signal.aborted) return;
    process.stderr.write(`${failureText(error)}\n`);
    stop(exitCodeOf(error));
  });
  if (stopping.signal.aborted) {
    stop(0);
    return;
  }
  // Last: who reads this line may send a signal at once.
  process.stderr.write(`${running.started}\n`);
}

function failureText(error: unknown): string {
  if (error instanceof ContractError || error instanceof ServiceError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function exitCodeOf(error: unknown): number {
  return error instanceof ContractError ? EXIT_BAD_INPUT : EXIT_FAILED;
}
