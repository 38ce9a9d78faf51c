/** What the service decides once, at its start; the data files decide the rest. */
export interface OptimizerOptions {
  /** Requests that wait at one replica before arrivals are lost, for servers that do not say; absent: ten times the max batch. */
  readonly defaultMaxQueueSize?: number;
  /** Max batch of servers that ask for none; 0 or absent: by the rule. */
  readonly defaultMaxBatchSize?: number;
  /** See `IterationOptions`. */
  readonly firstTokenWithPrefill: boolean;
}
