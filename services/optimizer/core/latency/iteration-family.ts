import { batchLimit, prefillChunks } from './prefill-chunks.js';
import { lengthMetMs, meanFirstTokenMs, type RequestShape, type ServiceLine, type ServiceModel } from './service-model.js';

export interface IterationParameters {
  /** An iteration takes alphaMs + betaMs·(tokens computed) + gammaMs·(KV tokens read). */
  readonly alphaMs: number;
  readonly betaMs: number;
  readonly gammaMs: number;
}

export interface IterationOptions {
  readonly maxBatch: number;
  /**
   * The last prefill chunk already emits the first token, as in vLLM: one iteration less, and TTFT is the wait for room, the rest of the
   * running iteration, and the prefill. Off: every output token takes an iteration after the prefill, and TTFT is wait + prefill + ITL,
   * as the reference counts.
   */
  readonly firstTokenWithPrefill: boolean;
}

/** Chunk steps that are named. */
const MOST_STEPS = 32;

/**
 * Family iteration: a request takes c prefill and d decode iterations. Its own work is w_p = (β + γ(c + 1)/2)·k in the prefill and
 * w_d = β·d + γ·d·(k + (d + 1)/2) in the decode; at batch n every iteration takes T(n) = α + n·(w_p + w_d)/(c + d), so S(n) = (c + d)·T(n)
 * and prefill(n) = c·(α + (n − 1)·(w_p + w_d)/(c + d)) + w_p.
 * Worked: α 20.58, β 0.041, γ 0.00128125, k 128, d 1024, n 1 → c 1, w_p 5.41, w_d 882.3, S = 1025·21.446 = 21 982 ms.
 */
export function iterationFamily(parameters: IterationParameters, shape: RequestShape, options: IterationOptions): ServiceModel {
  const { alphaMs, betaMs, gammaMs } = parameters;
  const { maxBatch, firstTokenWithPrefill } = options;
  const inputTokens = shape.inputTokens;
  const decodes = firstTokenWithPrefill ? shape.outputTokens - 1 : shape.outputTokens;
  const decodeWorkMs = decodes * (betaMs + gammaMs * (inputTokens + (decodes + 1) / 2));

  const largestUnchunkedBatch = inputTokens === 0 ? Infinity : batchLimit(1, inputTokens, decodes);
  const chunksAt = (meanBatch: number): number => {
    // Rounding moves a mean by a half at most, or up to one.
    if (Math.max(1, meanBatch + 0.5) <= largestUnchunkedBatch) return 1;
    const batch = Math.min(maxBatch, Math.max(1, Math.round(meanBatch)));
    return batch <= largestUnchunkedBatch ? 1 : prefillChunks(batch, inputTokens, decodes);
  };
  const prefillWorkMs = (chunks: number): number => (betaMs + (gammaMs * (chunks + 1)) / 2) * inputTokens;
  const lineOf = (chunks: number): ServiceLine => ({
    baseMs: (chunks + decodes) * alphaMs,
    slopeMs: prefillWorkMs(chunks) + decodeWorkMs,
    lastBatch: inputTokens === 0 ? Infinity : Math.floor(batchLimit(chunks, inputTokens, decodes)),
  });
  const unchunked = lineOf(1);
  const serviceLine = (batch: number): ServiceLine => (batch <= largestUnchunkedBatch ? unchunked : lineOf(chunksAt(batch)));

  const prefillMs = (meanBatch: number): number => {
    // With one slot a request is alone in its batch whenever it is served, however rarely that is.
    const batch = maxBatch === 1 ? 1 : meanBatch;
    const chunks = chunksAt(batch);
    const ownMs = prefillWorkMs(chunks);
    return chunks * Math.max(0, alphaMs + ((batch - 1) * (ownMs + decodeWorkMs)) / (chunks + decodes)) + ownMs;
  };
  const decodeMs = (meanServiceMs: number, ofPrefillMs: number): number =>
    decodes > 0 ? Math.max(0, meanServiceMs - ofPrefillMs) / decodes : 0;

  const model: ServiceModel = {
    serviceLine,
    itlMs: (meanServiceMs, meanBatch) => decodeMs(meanServiceMs, prefillMs(meanBatch)),
    firstTokenMs: (means) => {
      if (firstTokenWithPrefill) return meanFirstTokenMs(model, means);
      const ofPrefillMs = prefillMs(means.meanBatch);
      return ofPrefillMs + decodeMs(means.meanServiceMs, ofPrefillMs);
    },
    itlCeilingMs: (largestBatch) => {
      const { baseMs, slopeMs } = serviceLine(largestBatch);
      return decodes > 0 ? (baseMs + slopeMs * largestBatch - prefillWorkMs(chunksAt(1))) / decodes : 0;
    },
    chunkSteps: (meanBatch) => {
      const fewest = chunksAt(1);
      const most = chunksAt(meanBatch);
      const count = Math.min(MOST_STEPS, most - fewest);
      return Array.from({ length: count }, (_, index) => {
        const chunks = fewest + Math.floor((index * (most - fewest)) / count);
        return Math.floor(batchLimit(chunks, inputTokens, decodes));
      });
    },
    joiningAs: (batch) => {
      const others = batch - 1;
      const chunks = chunksAt(batch);
      const ownMs = prefillWorkMs(chunks);
      const iterations = chunks + decodes;
      const decodingMs = alphaMs + (others * decodeWorkMs) / iterations;
      const sharedMs = decodingMs + (others * ownMs) / iterations;
      // In each iteration, others · chunks/iterations prompts are at a chunk of ownMs/chunks.
      const iterationMs = lengthMetMs(sharedMs, (others * ownMs * ownMs) / (chunks * iterations));
      const metMore = sharedMs > 0 ? iterationMs / sharedMs : 1;
      return {
        itlMs: decodes > 0 ? sharedMs + decodeWorkMs / decodes : 0,
        iterationMs: others > 0 ? iterationMs : 0,
        prefillMs: chunks * decodingMs + ownMs,
        otherPrompts: ((chunks - 1 + metMore) * others) / iterations,
        otherPromptMs: ownMs,
      };
    },
  };
  return model;
}
