import type { EngineCosts } from './costs.js';

/** vLLM V1's default `max_num_batched_tokens` for online serving on large accelerators, and the M of the queueing model. */
export const DEFAULT_TOKEN_BUDGET = 8192;

export interface EngineOptions {
  costs: EngineCosts;
  /** Most sequences in the batch (vLLM's `max_num_seqs`); never more than the token budget, as each takes a token per iteration. */
  maxBatch: number;
  kvCapacityTokens: number;
  /** Most tokens computed in one iteration. */
  tokenBudget?: number;
  /** Share of a prompt found in the prefix cache, [0, 1); the first prompt after the start or a reset finds nothing. */
  prefixHitRate?: number;
  /** Amplitude of the noise on iteration times, [0, 1): 0.05 is ± 5 %. */
  noise?: number;
  seed?: number;
}

export interface EngineRequest {
  /** The caller's own number for it, given back in its events. */
  id: number;
  /** ≥ 1. */
  promptTokens: number;
  /** Tokens it will generate, ≥ 1. */
  outputTokens: number;
}

/** A finished request. The engine reuses one object for all of them: read it during the call, keep nothing. */
export interface Completion {
  id: number;
  arrivedNs: number;
  /** Start of its first iteration: the end of its time in the queue. */
  startedNs: number;
  firstTokenNs: number;
  finishedNs: number;
  promptTokens: number;
  outputTokens: number;
  preemptions: number;
}

/** What the engine reports, at the times it happens in the engine's own time. */
export interface EngineSink {
  completed(completion: Readonly<Completion>): void;
  firstToken?(id: number, arrivedNs: number, atNs: number): void;
  /**
   * `iterations` iterations in each of which `sequences` sequences gave a token; iteration i = 0, 1, … took `firstNs + i·stepNs` since
   * the token before. A resumed request's gap comes as one sequence and one iteration.
   */
  decoded?(sequences: number, iterations: number, firstNs: number, stepNs: number): void;
}

export interface EngineCounters {
  /** Sequences in the batch now. */
  running: number;
  waiting: number;
  kvTokens: number;
  iterations: number;
  /** Prompt tokens of the requests that have given their first token. */
  promptTokens: number;
  generatedTokens: number;
  preemptions: number;
  /** Prompt tokens looked up in the prefix cache, and those found. */
  prefixQueries: number;
  prefixHits: number;
}

/**
 * A model server in the engine's own time. `advance(t)` brings it to t, starting the iteration that begins at t if there is one;
 * whatever is submitted afterwards acts at the end of the iteration under way. Results depend on the submissions alone, not on
 * how often or where `advance` stops, as long as each arrival is submitted before time reaches it.
 */
export interface SimulatedEngine {
  /** Time that `advance` has reached, ns. */
  readonly nowNs: number;
  /** A request that arrives at `atNs`, not before now nor before the last one submitted. Returns a ticket, valid until it completes. */
  submit(request: EngineRequest, atNs: number): number;
  /** Drops a request that has not completed; it reports nothing more. Its KV is free at the end of the iteration under way. */
  abort(ticket: number): void;
  /** Output tokens given so far. */
  generated(ticket: number): number;
  /** Runs to `toNs`; returns when the next thing happens if nothing else is submitted: Infinity when idle. */
  advance(toNs: number): number;
  counters(): EngineCounters;
  /** Prompts find nothing in the prefix cache until the next prefill has filled it again. */
  resetPrefixCache(): void;
}

export interface ValidOptions extends Required<EngineOptions> {
  maxBatch: number;
}

/** Fills in the defaults; throws RangeError naming the option, its value and its range. */
export function validateOptions(options: EngineOptions): ValidOptions {
  const { costs, prefixHitRate = 0, noise = 0, seed = 0 } = options;
  const tokenBudget = positiveInteger('tokenBudget', options.tokenBudget ?? DEFAULT_TOKEN_BUDGET);
  const kvCapacityTokens = positiveInteger('kvCapacityTokens', options.kvCapacityTokens);
  const maxBatch = Math.min(positiveInteger('maxBatch', options.maxBatch), tokenBudget);
  if (!(prefixHitRate >= 0 && prefixHitRate < 1)) throw new RangeError(`prefixHitRate must be in [0, 1), got ${prefixHitRate}`);
  if (!(noise >= 0 && noise < 1)) throw new RangeError(`noise must be in [0, 1), got ${noise}`);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed must be an integer, got ${seed}`);
  return { costs, maxBatch, kvCapacityTokens, tokenBudget, prefixHitRate, noise, seed };
}

/** A request that can never fit the KV cache would wait for ever: it is refused here. */
export function validateRequest(request: EngineRequest, atNs: number, earliestNs: number, kvCapacityTokens: number): void {
  const total = positiveInteger('promptTokens', request.promptTokens) + positiveInteger('outputTokens', request.outputTokens);
  if (total > kvCapacityTokens)
    throw new RangeError(`prompt and output tokens must fit the KV cache of ${kvCapacityTokens} tokens, got ${total}`);
  if (!(Number.isInteger(atNs) && atNs >= earliestNs))
    throw new RangeError(`atNs must be an integer not before ${earliestNs}, got ${atNs}`);
}

function positiveInteger(name: string, value: number): number {
  if (!(Number.isSafeInteger(value) && value >= 1 && value <= 0x7fff_ffff))
    throw new RangeError(`${name} must be an integer in [1, 2^31), got ${value}`);
  return value;
}
