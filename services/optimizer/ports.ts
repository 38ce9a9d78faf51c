import type { ExactStart } from './core/assign/milp/solve-exactly.js';
import type { MixedAssignment, MixedProblem } from './core/mix/mixture.js';

/** Without mixtures: one accelerator per server. */
export interface ExactProblem extends MixedProblem {
  /** Feasible, its certificate valid: what is to be proven, or improved on. */
  readonly start: ExactStart;
}

export interface ExactAnswer {
  /** No worse than the start. */
  readonly assignment: MixedAssignment;
  /** Time ran out before all was proven. */
  readonly isCutShort: boolean;
}

/** Solves exactly, in its own time: the caller goes on meanwhile. */
export interface ExactSolver {
  readonly timeLimitMs: number;
  /** Rejects where there is no answer at all: not loadable, crashed, far over its time; or with the signal's reason. */
  solve(exact: ExactProblem, signal: AbortSignal): Promise<ExactAnswer>;
  /** Gives up what is under way. */
  close(): Promise<void>;
}
