/** Names under which an engine tells its figures; the first one that is there counts (newer names first). */
export interface EngineNames {
  engine: string;
  running: readonly string[];
  waiting: readonly string[];
  /** Share of the KV cache in use, 0 to 1. */
  kvCacheUsage: readonly string[];
  /** Counter of finished requests. */
  completions: readonly string[];
  /** Histograms, seconds. */
  ttft: readonly string[];
  itl: readonly string[];
  /** Histograms of the tokens of finished requests. */
  requestPromptTokens: readonly string[];
  requestGenerationTokens: readonly string[];
  /** Counters: prompts at their prefill, output as it is produced. Used where the histograms are missing. */
  promptTokens: readonly string[];
  generationTokens: readonly string[];
}

/** A new engine, or a new name, is a row or a word here and nothing else. */
export const engines: readonly EngineNames[] = [
  {
    engine: 'vLLM',
    running: ['vllm:num_requests_running'],
    waiting: ['vllm:num_requests_waiting'],
    kvCacheUsage: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'],
    completions: ['vllm:request_success_total'],
    ttft: ['vllm:time_to_first_token_seconds'],
    itl: ['vllm:inter_token_latency_seconds', 'vllm:time_per_output_token_seconds'],
    requestPromptTokens: ['vllm:request_prompt_tokens'],
    requestGenerationTokens: ['vllm:request_generation_tokens'],
    promptTokens: ['vllm:prompt_tokens_total'],
    generationTokens: ['vllm:generation_tokens_total'],
  },
  {
    engine: 'SGLang',
    running: ['sglang:num_running_reqs'],
    waiting: ['sglang:num_queue_reqs'],
    kvCacheUsage: ['sglang:token_usage'],
    completions: ['sglang:num_requests_total'],
    ttft: ['sglang:time_to_first_token_seconds'],
    itl: ['sglang:inter_token_latency_seconds', 'sglang:time_per_output_token_seconds'],
    requestPromptTokens: [],
    requestGenerationTokens: [],
    promptTokens: ['sglang:prompt_tokens_total'],
    generationTokens: ['sglang:generation_tokens_total'],
  },
];

/** Start of the process, seconds since the epoch: another one means that all counters began anew. */
export const PROCESS_START = 'process_start_time_seconds';
