/** Tokens that one iteration of the engine computes at most (vLLM: `--max-num-batched-tokens`). */
export const TOKEN_BUDGET = 8192;

/**
 * Iterations c ≥ 1 that a prompt's prefill takes at batch n: the least c with n ≤ (c + d)(M − k/c)/(k + d), where M is the
 * token budget, k the prompt's tokens and d the decode iterations. Solved as the quadratic M·c² + (d·M − k − n(k + d))·c − d·k ≥ 0;
 * the left side grows with c. Worked: k 4096, d 128, n 125 → 1; n 126 → 2 (129·4096/4224 = 125.09).
 */
export function prefillChunks(batch: number, inputTokens: number, decodeIterations: number): number {
  const linear = decodeIterations * TOKEN_BUDGET - inputTokens - batch * (inputTokens + decodeIterations);
  const root = (-linear + Math.sqrt(linear * linear + 4 * TOKEN_BUDGET * decodeIterations * inputTokens)) / (2 * TOKEN_BUDGET);
  const chunks = Math.max(1, Math.round(root));
  // The root is exact but for its last digits: settle the integer on the inequality itself.
  if (batchLimit(chunks, inputTokens, decodeIterations) < batch) return chunks + 1;
  return chunks > 1 && batchLimit(chunks - 1, inputTokens, decodeIterations) >= batch ? chunks - 1 : chunks;
}

/** Largest batch (not rounded) that the token budget carries when each prefill is spread over `chunks` iterations. */
export function batchLimit(chunks: number, inputTokens: number, decodeIterations: number): number {
  return ((chunks + decodeIterations) * (TOKEN_BUDGET - inputTokens / chunks)) / (inputTokens + decodeIterations);
}
