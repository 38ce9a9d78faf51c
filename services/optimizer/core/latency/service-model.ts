/** Mean size of the requests that a server gets. */
export interface RequestShape {
  /** Prompt tokens, 0 or more. */
  readonly inputTokens: number;
  /** Generated tokens, 1 or more. */
  readonly outputTokens: number;
}

/** The service time over a run of batches: S(n) = baseMs + slopeMs·n up to and with n = lastBatch. */
export interface ServiceLine {
  /** 0 or more, so that a larger batch on the same line never completes fewer requests/ms. */
  readonly baseMs: number;
  readonly slopeMs: number;
  readonly lastBatch: number;
}

/**
 * How long the engine takes for a request, as a function of the batch it is served in; times in ms. Both parameter families
 * (`linear-family.ts`, `iteration-family.ts`) give one.
 */
export interface ServiceModel {
  /** Time in service of one request at batch `batch` throughout, and at those after it on the same line. */
  serviceLine(batch: number): ServiceLine;
  /** Mean time per output token, from the mean time in service and the mean batch of the queue. */
  itlMs(meanServiceMs: number, meanBatch: number): number;
  /** Time to the first token once there is room in the batch: TTFT is the wait for that plus this. */
  firstTokenMs(means: Readonly<QueueMeans>): number;
  /** No rate makes `itlMs` larger than this. */
  itlCeilingMs(maxBatch: number): number;
  /**
   * Batches n, a few spread evenly over those below `meanBatch`, behind which a prefill takes more chunks. There the model's ITL drops
   * a little (it is split off at the rounded mean batch), so it is largest just before them.
   */
  chunkSteps(meanBatch: number): readonly number[];
  /**
   * What a request meets that joins the batch as the `batch`-th, the others being in the midst of their work: the figures of which
   * percentiles are made. Prompts are taken in at the end of the running iteration, and computed one by one amid the decodes of others.
   * It may be the same object at every call, written anew: searches ask for many.
   */
  joiningAs(batch: number): Readonly<Joining>;
}

/** Means of a queue that latencies are made of. */
export interface QueueMeans {
  /** Requests in the batch. */
  meanBatch: number;
  /** Time in the batch of a served request. */
  meanServiceMs: number;
  /** The part of the admitted requests that finds nobody. */
  findsNobody: number;
  /** Mean batch that an admitted request joins, itself included. */
  joinedBatch: number;
}

/** What one request meets in a batch that stays as it is. None of the figures falls as the batch grows, but for steps of the prefill's chunks. */
export interface Joining {
  /** Mean time per output token. */
  itlMs: number;
  /** Its arrival falls anywhere into a running iteration of this length, whose end it waits for; 0 where nobody runs. */
  iterationMs: number;
  /** From there to its first token, if no other prompt is computed meanwhile. */
  prefillMs: number;
  /** Mean number of those that are: arrivals are independent, so it is Poisson. */
  otherPrompts: number;
  /** What each of them adds. */
  otherPromptMs: number;
}

export function noJoining(): Joining {
  return { itlMs: 0, iterationMs: 0, prefillMs: 0, otherPrompts: 0, otherPromptMs: 0 };
}

/** An arrival more often falls into a long iteration than into a short one: the mean length that it meets is E[T²]/E[T]. */
export function lengthMetMs(meanMs: number, variance: number): number {
  return meanMs > 0 ? meanMs + variance / meanMs : 0;
}

/** Mean time to first token of who joins: half of the running iteration, then its prefill and those of others. */
export function meanJoiningMs({ iterationMs, prefillMs, otherPrompts, otherPromptMs }: Readonly<Joining>): number {
  return iterationMs / 2 + prefillMs + otherPrompts * otherPromptMs;
}

/** The mean over all who join: alone, or a batch of the mean that the others find. */
export function meanFirstTokenMs(
  model: Pick<ServiceModel, 'joiningAs'>,
  { findsNobody, joinedBatch }: Readonly<QueueMeans>,
): number {
  const aloneMs = model.joiningAs(1).prefillMs;
  const findOthers = 1 - findsNobody;
  if (findOthers <= 0) return aloneMs;
  const batch = Math.max(1, (joinedBatch - findsNobody) / findOthers);
  return findsNobody * aloneMs + findOthers * meanJoiningMs(model.joiningAs(batch));
}
