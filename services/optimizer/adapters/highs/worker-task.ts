import type { ExactProblem } from '../../ports.js';

/** What goes to the thread; an `ExactAnswer` comes back. */
export interface WorkerTask extends ExactProblem {
  readonly timeLimitMs: number;
  readonly relativeGap: number;
}
