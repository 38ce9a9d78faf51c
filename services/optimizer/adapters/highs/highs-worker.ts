import { parentPort } from 'node:worker_threads';
import { solveExactly } from '../../core/assign/milp/solve-exactly.js';
import { withoutMixtures } from '../../core/mix/mixture.js';
import { solveMixed } from '../../core/mix/solve-mixed.js';
import type { ExactAnswer } from '../../ports.js';
import { createHighsSolver } from './highs-solver.js';
import type { WorkerTask } from './worker-task.js';

/** The thread that HiGHS blocks: loads it once, and takes one task after the other. */
const solver = await createHighsSolver();

parentPort?.on('message', ({ timeLimitMs, relativeGap, start, ...mixed }: WorkerTask) => {
  const endMs = performance.now() + timeLimitMs;
  const remainingMs = (): number => Math.max(0, endMs - performance.now());
  const limits = { relativeGap, remainingMs };
  const assignment =
    mixed.mixtures.length === 0
      ? withoutMixtures(solveExactly(mixed.problem, start, solver, limits), mixed)
      : solveMixed(mixed, start, solver, limits);
  parentPort?.postMessage({ assignment, isCutShort: remainingMs() === 0 } satisfies ExactAnswer);
});
