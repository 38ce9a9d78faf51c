/** What the operator sets of the guard. */
export interface GuardConfig {
  /** Cycles in a row for which a lower need, or the wish for another accelerator, must have held; 1: none, nothing waits. */
  readonly stabilizationCycles: number;
  /**
   * Time that lies at least between two cycles that windows count; 0: each counts; Infinity: only those that a schedule has called.
   */
  readonly windowStepMs: number;
  /** A lower count must carry the measured load and this part more: 0.1 is a tenth. */
  readonly scaleDownMargin: number;
  /** At most one accelerator change (or change of max batch) of a server in this time. */
  readonly cooldownMs: number;
  /** A max batch is changed on its own only when it is off by more than this part: 0.5 is half as much again, or two thirds. */
  readonly batchHysteresis: number;
  /** A pod that is not ready after this time is taken not to come; its accelerator, or for lack of a node its type, is avoided for a while. */
  readonly startTimeoutMs: number;
  /** Most that all servers may cost together, cents/hr; Infinity: no ceiling. */
  readonly maxCostPerHr: number;
  /** Most replicas that one cycle may add, remove or replace; Infinity: no ceiling. */
  readonly maxReplicaChanges: number;
}
