export interface KvCapacityInput {
  /** Memory of all accelerators of one replica, GB: memSize × multiplicity × accCount. */
  memSizeGb: number;
  /** The batch that model-data says fits, at that many output tokens. */
  maxBatchSize?: number | undefined;
  atTokens?: number | undefined;
  /** The batch that the server runs. */
  maxBatch: number;
  /** What a typical request holds at its end; prompt and output. */
  avgInTokens: number;
  avgOutTokens: number;
}

/** Half of the memory for KV at 0.5 MB per token, about a 7B to 13B model in 16 bit: 1 000 tokens per GB. */
const TOKENS_PER_GB = 1000;

/** vLLM hands out KV in blocks of this size; no cache has less than one. */
const BLOCK_TOKENS = 16;

/**
 * Tokens that the KV cache of one replica holds.
 *
 * Neither the weights nor the KV bytes per token of a model are in the data, so memory alone cannot say. What the data do say is
 * the batch that fits: `maxBatchSize` requests of `atTokens` tokens, so their product is known to fit, and it is what the
 * optimizer divides by the output tokens to get N. That figure leaves out the prompts, though, and the optimizer counts on N requests
 * running; a cache that holds fewer than `maxBatch` typical requests would contradict the data. So: the larger of the two; without
 * a batch in the data, an estimate from the memory in place of the first.
 * Worked: 64 × 512 = 32 768; at 1024 in and 128 out N = 256, which hold 256 × 1152 = 294 912 tokens.
 */
export function kvCapacityTokens(input: KvCapacityInput): number {
  const { memSizeGb, maxBatchSize, atTokens, maxBatch, avgInTokens, avgOutTokens } = input;
  const known = maxBatchSize !== undefined && atTokens !== undefined && maxBatchSize > 0 && atTokens > 0;
  const fits = known ? maxBatchSize * atTokens : memSizeGb * TOKENS_PER_GB;
  const held = maxBatch * (avgInTokens + avgOutTokens);
  return Math.min(0x7fff_ffff, Math.ceil(Math.max(BLOCK_TOKENS, fits, held)));
}
