import type { Worker } from 'node:worker_threads';
import type { Clock } from '#shared/clock/clock.js';
import type { ExactAnswer, ExactProblem, ExactSolver } from '../../ports.js';
import { startHighsWorker } from './start-worker.js';
import type { WorkerTask } from './worker-task.js';

export interface ExactSolverOptions {
  /** Of one problem, waiting for its turn aside. */
  timeLimitMs: number;
  /** How far from the bound of its value an answer may be, relative to it. */
  relativeGap: number;
  clock: Clock;
  startWorker?: () => Worker;
  /** How far over its time the thread may be, to load and to come to the end of a step, before it is ended from outside. */
  graceMs?: number;
}

const GRACE_MS = 5_000;

/**
 * HiGHS in a thread of its own, started when it is first needed: one problem at a time, the others wait. What is given up, or far over
 * its time, ends with its thread, for HiGHS cannot be spoken to while it runs; the next problem starts another one.
 */
export function createExactSolver(options: ExactSolverOptions): ExactSolver {
  const { timeLimitMs, relativeGap, clock, startWorker = startHighsWorker, graceMs = GRACE_MS } = options;
  let worker: Worker | null = null;
  let isClosed = false;
  let turn: Promise<unknown> = Promise.resolve();

  const start = (): Worker => {
    const started = startWorker();
    const forget = (): void => {
      if (worker === started) worker = null;
    };
    // Also between two problems: an error that nobody listens to would end the process.
    started.on('error', forget).on('exit', forget);
    started.unref();
    return started;
  };

  const ask = async (exact: ExactProblem, signal: AbortSignal): Promise<ExactAnswer> => {
    signal.throwIfAborted();
    if (isClosed) throw new Error('the solver is closed');
    const asked = (worker ??= start());
    const done = new AbortController();
    try {
      return await new Promise<ExactAnswer>((resolve, reject) => {
        const onError = (error: unknown): void => reject(new Error('its thread failed', { cause: error }));
        const onExit = (): void => reject(new Error('its thread ended'));
        const onAbort = (): void => reject(signal.reason as Error);
        asked.on('message', resolve).on('error', onError).on('exit', onExit);
        signal.addEventListener('abort', onAbort);
        const cancel = clock.schedule(timeLimitMs + graceMs, () => reject(new Error(`no answer ${graceMs} ms after its time`)));
        done.signal.addEventListener('abort', () => {
          asked.off('message', resolve).off('error', onError).off('exit', onExit);
          signal.removeEventListener('abort', onAbort);
          cancel();
        });
        asked.ref();
        asked.postMessage({ ...exact, timeLimitMs, relativeGap } satisfies WorkerTask);
      });
    } catch (error) {
      await asked.terminate();
      throw error;
    } finally {
      done.abort();
      asked.unref();
    }
  };

  return {
    timeLimitMs,
    solve: (exact, signal) => {
      const answer = turn.then(() => ask(exact, signal));
      turn = answer.catch(() => undefined);
      return answer;
    },
    close: async () => {
      isClosed = true;
      await worker?.terminate();
    },
  };
}
