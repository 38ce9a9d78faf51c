import type { Completion, EngineCounters, EngineSink } from '../engine/engine-types.js';
import { Exposition } from './exposition.js';
import { Histogram } from './histogram.js';

/** Why a request ended, in vLLM's words: `stop` by itself, `length` at max_tokens, `abort` with its client. */
export const FINISHED_REASONS = ['stop', 'length', 'abort', 'error'] as const;
export type FinishedReason = (typeof FINISHED_REASONS)[number];

const NS_PER_S = 1e9;

/** Bucket bounds in seconds as in vLLM's v1/metrics (loggers.py; in later versions buckets.py). */
const FIRST_TOKEN_BOUNDS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];
const TOKEN_BOUNDS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];
const REQUEST_BOUNDS = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];

/** 1, 2, 5, 10, 20, 50, … up to `most`: the bounds of vLLM's token counts, `most` being the longest context. */
export function tokenCountBounds(most: number): number[] {
  const bounds: number[] = [];
  for (let power = 1; power <= most; power *= 10) bounds.push(...[1, 2, 5].map((digit) => digit * power));
  return bounds.filter((bound) => bound <= most);
}

/** What a vLLM server exports about itself, under vLLM's names, labels and buckets; fed by the engine. */
export class VllmMetrics implements EngineSink {
  readonly #modelName: string;
  readonly #kvCapacityTokens: number;
  readonly #finished: Record<FinishedReason, number> = { stop: 0, length: 0, abort: 0, error: 0 };
  readonly #firstToken = new Histogram(FIRST_TOKEN_BOUNDS);
  readonly #interToken = new Histogram(TOKEN_BOUNDS);
  readonly #perOutputToken = new Histogram(TOKEN_BOUNDS);
  readonly #endToEnd = new Histogram(REQUEST_BOUNDS);
  readonly #queue = new Histogram(REQUEST_BOUNDS);
  readonly #prompt: Histogram;
  readonly #generation: Histogram;

  constructor({
    modelName,
    maxModelLen,
    kvCapacityTokens,
  }: {
    modelName: string;
    maxModelLen: number;
    kvCapacityTokens: number;
  }) {
    this.#modelName = modelName;
    this.#kvCapacityTokens = kvCapacityTokens;
    const bounds = tokenCountBounds(maxModelLen);
    this.#prompt = new Histogram(bounds);
    this.#generation = new Histogram(bounds);
  }

  firstToken(_id: number, arrivedNs: number, atNs: number): void {
    this.#firstToken.observe((atNs - arrivedNs) / NS_PER_S);
  }

  decoded(sequences: number, iterations: number, firstNs: number, stepNs: number): void {
    this.#interToken.observeSeries(firstNs / NS_PER_S, stepNs / NS_PER_S, iterations, sequences);
  }

  completed(completion: Readonly<Completion>): void {
    const { arrivedNs, startedNs, firstTokenNs, finishedNs, promptTokens, outputTokens } = completion;
    this.#endToEnd.observe((finishedNs - arrivedNs) / NS_PER_S);
    this.#queue.observe((startedNs - arrivedNs) / NS_PER_S);
    // As vLLM has it: over the tokens after the first, and 0 for a request of one token.
    this.#perOutputToken.observe((finishedNs - firstTokenNs) / Math.max(1, outputTokens - 1) / NS_PER_S);
    this.#prompt.observe(promptTokens);
    this.#generation.observe(outputTokens);
  }

  finished(reason: FinishedReason): void {
    this.#finished[reason]++;
  }

  finishedCount(reason: FinishedReason): number {
    return this.#finished[reason];
  }

  /** The /metrics page. */
  render(counters: EngineCounters): string {
    const page = new Exposition({ engine: '0', model_name: this.#modelName });
    page.gauge('vllm:num_requests_running', 'Number of requests in model execution batches.', counters.running);
    page.gauge('vllm:num_requests_waiting', 'Number of requests waiting to be processed.', counters.waiting);
    const usage = counters.kvTokens / this.#kvCapacityTokens;
    page.gauge('vllm:kv_cache_usage_perc', 'KV-cache usage. 1 means 100 percent usage.', usage);
    const count = (name: string, help: string, value: number): void => page.counter(name, help, [[{}, value]]);
    count('vllm:prefix_cache_queries_total', 'Prefix cache queries, in number of queried tokens.', counters.prefixQueries);
    count('vllm:prefix_cache_hits_total', 'Prefix cache hits, in number of cached tokens.', counters.prefixHits);
    count('vllm:num_preemptions_total', 'Cumulative number of preemptions of the engine.', counters.preemptions);
    count('vllm:prompt_tokens_total', 'Number of prefill tokens processed.', counters.promptTokens);
    count('vllm:generation_tokens_total', 'Number of generation tokens processed.', counters.generatedTokens);
    const byReason = FINISHED_REASONS.map((reason) => [{ finished_reason: reason }, this.#finished[reason]] as const);
    page.counter('vllm:request_success_total', 'Count of finished requests.', byReason);
    page.histogram('vllm:request_prompt_tokens', 'Number of prefill tokens processed.', this.#prompt);
    page.histogram('vllm:request_generation_tokens', 'Number of generation tokens processed.', this.#generation);
    page.histogram('vllm:time_to_first_token_seconds', 'Time to first token in seconds.', this.#firstToken);
    page.histogram('vllm:inter_token_latency_seconds', 'Inter-token latency in seconds.', this.#interToken);
    const perOutput = 'vllm:request_time_per_output_token_seconds';
    page.histogram(perOutput, 'Mean time per output token of a request in seconds.', this.#perOutputToken);
    page.histogram('vllm:e2e_request_latency_seconds', 'End-to-end request latency in seconds.', this.#endToEnd);
    page.histogram('vllm:request_queue_time_seconds', 'Time spent in the WAITING phase in seconds.', this.#queue);
    return page.toString();
  }
}
