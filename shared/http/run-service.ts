import { ContractError } from '#shared/contracts/contract-error.js';
import { errorText } from '#shared/observe/logger.js';
import { ServiceError } from './service-error.js';

export interface RunningService {
  /** One line for the log: what runs, and where. */
  started: string;
  stop(): Promise<void>;
}

const EXIT_BAD_INPUT = 2;

/**
 * The frame of every main.ts: starts the service, stops it on SIGINT and SIGTERM (a second signal ends at once), answers
 * expected failures of the start with a message instead of a stack, and ends the process on an error nobody expected.
 */
export async function runService(start: () => Promise<RunningService>): Promise<void> {
  let running: RunningService;
  try {
    running = await start();
  } catch (error) {
    const expected = error instanceof ContractError || error instanceof ServiceError;
    process.stderr.write(
      `${expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exit(error instanceof ContractError ? EXIT_BAD_INPUT : 1);
  }
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(130);
    stopping = true;
    process.stderr.write(`${signal}: stopping\n`);
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`stopping failed: ${errorText(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // Started by a supervisor over an IPC channel: without it nobody would ever stop this process.
  process.once('disconnect', () => {
    if (!stopping) stop('SIGTERM');
  });
  // Last: who reads this line may send a signal at once.
  process.stderr.write(`${running.started}\n`);
}
