import { parentPort } from 'node:worker_threads';
import { solveExactly } from '../../core/assign/milp/solve-exactly.js';
import type { ExactAnswer } from '../../ports.js';
import { createHighsSolver } from './highs-solver.js';
import type { WorkerTask } from './worker-task.js';

/** The thread that HiGHS blocks: loads it once, and takes one task after the other. */
const solver = await createHighsSolver();

parentPort?.on('message', ({ problem, start, timeLimitMs, relativeGap }: WorkerTask) => {
  const endMs = performance.now() + timeLimitMs;
  const remainingMs = (): number => Math.max(0, endMs - performance.now());
  const assignment = solveExactly(problem, start, solver, { relativeGap, remainingMs });
  parentPort?.postMessage({ assignment, isCutShort: remainingMs() === 0 } satisfies ExactAnswer);
});
