import { batchLimit, prefillChunks } from './prefill-chunks.js';
import {
  lengthMetMs,
  meanFirstTokenMs,
  noJoining,
  type Joining,
  type QueueMeans,
  type RequestShape,
  type ServiceLine,
  type ServiceModel,
} from './service-model.js';

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

const NO_STEPS: readonly number[] = [];

const joining = noJoining();

/**
 * Family iteration: a request takes c prefill and d decode iterations. Its own work is w_p = (β + γ(c + 1)/2)·k in the prefill and
 * w_d = β·d + γ·d·(k + (d + 1)/2) in the decode; at batch n every iteration takes T(n) = α + n·(w_p + w_d)/(c + d), so S(n) = (c + d)·T(n)
 * and prefill(n) = c·(α + (n − 1)·(w_p + w_d)/(c + d)) + w_p.
 * Worked: α 20.58, β 0.041, γ 0.00128125, k 128, d 1024, n 1 → c 1, w_p 5.41, w_d 882.3, S = 1025·21.446 = 21 982 ms.
 */
export function iterationFamily(parameters: IterationParameters, shape: RequestShape, options: IterationOptions): ServiceModel {
  return new IterationModel(parameters, shape, options);
}

/** A class, as one is made for every candidate: it holds figures, and shares its functions. */
class IterationModel implements ServiceModel {
  readonly #alphaMs: number;
  readonly #betaMs: number;
  readonly #gammaMs: number;
  readonly #inputTokens: number;
  readonly #decodes: number;
  readonly #decodeWorkMs: number;
  readonly #maxBatch: number;
  readonly #largestUnchunkedBatch: number;
  readonly #firstTokenWithPrefill: boolean;

  constructor({ alphaMs, betaMs, gammaMs }: IterationParameters, shape: RequestShape, options: IterationOptions) {
    const { inputTokens, outputTokens } = shape;
    const { maxBatch, firstTokenWithPrefill } = options;
    const decodes = firstTokenWithPrefill ? outputTokens - 1 : outputTokens;
    this.#alphaMs = alphaMs;
    this.#betaMs = betaMs;
    this.#gammaMs = gammaMs;
    this.#inputTokens = inputTokens;
    this.#decodes = decodes;
    this.#decodeWorkMs = decodes * (betaMs + gammaMs * (inputTokens + (decodes + 1) / 2));
    this.#maxBatch = maxBatch;
    this.#largestUnchunkedBatch = inputTokens === 0 ? Infinity : batchLimit(1, inputTokens, decodes);
    this.#firstTokenWithPrefill = firstTokenWithPrefill;
  }

  serviceLine(batch: number): ServiceLine {
    const chunks = batch <= this.#largestUnchunkedBatch ? 1 : this.#chunksAt(batch);
    return {
      baseMs: (chunks + this.#decodes) * this.#alphaMs,
      slopeMs: this.#prefillWorkMs(chunks) + this.#decodeWorkMs,
      lastBatch: this.#inputTokens === 0 ? Infinity : Math.floor(batchLimit(chunks, this.#inputTokens, this.#decodes)),
    };
  }

  itlMs(meanServiceMs: number, meanBatch: number): number {
    return this.#decodeMs(meanServiceMs, this.#prefillMs(meanBatch));
  }

  firstTokenMs(means: Readonly<QueueMeans>): number {
    if (this.#firstTokenWithPrefill) return meanFirstTokenMs(this, means);
    const ofPrefillMs = this.#prefillMs(means.meanBatch);
    return ofPrefillMs + this.#decodeMs(means.meanServiceMs, ofPrefillMs);
  }

  itlCeilingMs(largestBatch: number): number {
    if (this.#decodes === 0) return 0;
    const { baseMs, slopeMs } = this.serviceLine(largestBatch);
    return (baseMs + slopeMs * largestBatch - this.#prefillWorkMs(this.#chunksAt(1))) / this.#decodes;
  }

  chunkSteps(meanBatch: number): readonly number[] {
    const fewest = this.#chunksAt(1);
    const most = this.#chunksAt(meanBatch);
    if (most <= fewest) return NO_STEPS;
    const count = Math.min(MOST_STEPS, most - fewest);
    return Array.from({ length: count }, (_, index) => {
      const chunks = fewest + Math.floor((index * (most - fewest)) / count);
      return Math.floor(batchLimit(chunks, this.#inputTokens, this.#decodes));
    });
  }

  joiningAs(batch: number): Readonly<Joining> {
    const others = batch - 1;
    const chunks = this.#chunksAt(batch);
    const ownMs = this.#prefillWorkMs(chunks);
    const iterations = chunks + this.#decodes;
    const decodingMs = this.#alphaMs + (others * this.#decodeWorkMs) / iterations;
    const sharedMs = decodingMs + (others * ownMs) / iterations;
    // In each iteration, others · chunks/iterations prompts are at a chunk of ownMs/chunks.
    const iterationMs = lengthMetMs(sharedMs, (others * ownMs * ownMs) / (chunks * iterations));
    const metMore = sharedMs > 0 ? iterationMs / sharedMs : 1;
    joining.itlMs = this.#decodes > 0 ? sharedMs + this.#decodeWorkMs / this.#decodes : 0;
    joining.iterationMs = others > 0 ? iterationMs : 0;
    joining.prefillMs = chunks * decodingMs + ownMs;
    joining.otherPrompts = ((chunks - 1 + metMore) * others) / iterations;
    joining.otherPromptMs = ownMs;
    return joining;
  }

  #chunksAt(meanBatch: number): number {
    // Rounding moves a mean by a half at most, or up to one.
    if (Math.max(1, meanBatch + 0.5) <= this.#largestUnchunkedBatch) return 1;
    const batch = Math.min(this.#maxBatch, Math.max(1, Math.round(meanBatch)));
    return batch <= this.#largestUnchunkedBatch ? 1 : prefillChunks(batch, this.#inputTokens, this.#decodes);
  }

  #prefillWorkMs(chunks: number): number {
    return (this.#betaMs + (this.#gammaMs * (chunks + 1)) / 2) * this.#inputTokens;
  }

  #prefillMs(meanBatch: number): number {
    // With one slot a request is alone in its batch whenever it is served, however rarely that is.
    const batch = this.#maxBatch === 1 ? 1 : meanBatch;
    const chunks = this.#chunksAt(batch);
    const ownMs = this.#prefillWorkMs(chunks);
    return chunks * Math.max(0, this.#alphaMs + ((batch - 1) * (ownMs + this.#decodeWorkMs)) / (chunks + this.#decodes)) + ownMs;
  }

  #decodeMs(meanServiceMs: number, ofPrefillMs: number): number {
    return this.#decodes > 0 ? Math.max(0, meanServiceMs - ofPrefillMs) / this.#decodes : 0;
  }
}
