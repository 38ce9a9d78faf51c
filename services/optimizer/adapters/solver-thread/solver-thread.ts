import type { Worker } from 'node:worker_threads';
import { getHeapStatistics } from 'node:v8';
import { ContractError } from '#shared/contracts/contract-error.js';
import { ServiceError } from '#shared/http/service-error.js';
import type { Answerer, Question } from '../../answerer.js';
import { createReusableThread, ThreadFailure } from '../reusable-thread.js';
import { startThread } from '../start-thread.js';
import type { ThreadReply, ThreadSettings } from './thread-task.js';
import { createTurns } from './turns.js';

export interface SolverThreadOptions extends ThreadSettings {
  startWorker?: (settings: ThreadSettings) => Worker;
  mostWaiting?: number;
}

export interface SolverThread {
  /**
   * What an answerer would, from another thread.
   * @throws besides: ServiceError UNAVAILABLE where too many wait, memory runs out or the thread ends; whatever it failed of
   */
  readonly answer: Answerer;
  /** Gives up what is under way and what waits. */
  close(): Promise<void>;
}

/** A problem that waits holds its body, 14 MB of text for 50 000 servers: a queue without end would hold any number of them. */
const MOST_WAITING = 8;
const MB = 2 ** 20;
/** As much as this process has (`--max-old-space-size`): what runs out of it there would end the process, and here only the thread. */
const MEMORY_MB = Math.floor(getHeapStatistics().heap_size_limit / MB);

/** Solves in a thread of its own, one problem after the other, so that the one that is asked keeps answering. */
export function createSolverThread(given: SolverThreadOptions): SolverThread {
  const { startWorker = startSolverWorker, mostWaiting = MOST_WAITING, options, exact } = given;
  const thread = createReusableThread<Question, ThreadReply>(() => startWorker({ options, exact }));
  let isClosed = false;
  const turns = createTurns(mostWaiting, () => {
    return new ServiceError('UNAVAILABLE', `${mostWaiting} large problems wait to be solved already: try again later`);
  });

  return {
    answer: async (question, signal) => {
      const endTurn = await turns.take(signal);
      try {
        if (isClosed) throw new ServiceError('UNAVAILABLE', 'the optimizer stops');
        const reply = await thread.ask(question, signal);
        if (reply.kind === 'refused') throw new ContractError(reply.issues);
        return reply.answered;
      } catch (error) {
        throw error instanceof ThreadFailure ? explain(error) : error;
      } finally {
        endTurn();
      }
    },
    close: async () => {
      isClosed = true;
      await thread.end();
    },
  };
}

export function startSolverWorker(settings: ThreadSettings): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: MEMORY_MB };
  return startThread(new URL('./solver-worker.js', import.meta.url), { workerData: settings, resourceLimits });
}

function explain(failure: ThreadFailure): unknown {
  const { cause } = failure;
  if (cause === undefined) {
    return new ServiceError('UNAVAILABLE', 'the thread that solves large problems ended before its answer', { cause: failure });
  }
  if ((cause as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') return cause;
  const message = `the problem takes more than the ${MEMORY_MB} MB of memory that a solve may have (--max-old-space-size)`;
  return new ServiceError('UNAVAILABLE', message, { cause });
}
