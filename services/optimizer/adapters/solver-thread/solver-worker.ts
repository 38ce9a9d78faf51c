import { parentPort, workerData } from 'node:worker_threads';
import { realClock } from '#shared/clock/real-clock.js';
import { ContractError } from '#shared/contracts/contract-error.js';
import { createAnswerer, type Question } from '../../answerer.js';
import { createSolveMemory } from '../../core/solve/solve-memory.js';
import { createExactSolver } from '../highs/exact-solver.js';
import type { ThreadReply, ThreadSettings } from './thread-task.js';

/** The thread of large problems: from the body to the written answer. HiGHS has one of its own, which ends with this one. */
const { options, exact } = workerData as ThreadSettings;
const answer = createAnswerer({
  options,
  elapsedMs: () => performance.now(),
  exactSolver: createExactSolver({ ...exact, clock: realClock }),
  memory: createSolveMemory(),
});
const never = new AbortController().signal;

parentPort?.on('message', (question: Question) => {
  // What is neither an answer nor a refusal ends the thread, with the error for who asked.
  void reply(question);
});

async function reply(question: Question): Promise<void> {
  try {
    const { json, digest } = await answer(question, never);
    const bytes = typeof json === 'string' ? new TextEncoder().encode(json) : json;
    parentPort?.postMessage({ kind: 'answered', answered: { json: bytes, digest } } satisfies ThreadReply, [bytes.buffer]);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    parentPort?.postMessage({ kind: 'refused', issues: error.issues } satisfies ThreadReply);
  }
}
