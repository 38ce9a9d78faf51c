import type { Worker } from 'node:worker_threads';
import { startThread } from '../start-thread.js';

/** The thread that runs HiGHS; loads it on its own time. */
export function startHighsWorker(): Worker {
  return startThread(new URL('./highs-worker.js', import.meta.url));
}
