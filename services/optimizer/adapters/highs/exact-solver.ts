import type { Worker } from 'node:worker_threads';
import type { Clock } from '#shared/clock/clock.js';
import type { ExactAnswer, ExactProblem, ExactSolver } from '../../ports.js';
import { createReusableThread } from '../reusable-thread.js';
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
  const thread = createReusableThread<WorkerTask, ExactAnswer>(startWorker);
  let isClosed = false;
  let turn: Promise<unknown> = Promise.resolve();

  const ask = async (exact: ExactProblem, signal: AbortSignal): Promise<ExactAnswer> => {
    signal.throwIfAborted();
    if (isClosed) throw new Error('the solver is closed');
    const giveUp = new AbortController();
    const onAbort = (): void => giveUp.abort(signal.reason);
    signal.addEventListener('abort', onAbort);
    const cancel = clock.schedule(timeLimitMs + graceMs, () => {
      giveUp.abort(new Error(`no answer ${graceMs} ms after its time`));
    });
    try {
      return await thread.ask({ ...exact, timeLimitMs, relativeGap }, giveUp.signal);
    } finally {
      cancel();
      signal.removeEventListener('abort', onAbort);
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
      await thread.end();
    },
  };
}
