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

export interface LinearParameters {
  /** ITL(n) = decodeAlphaMs + decodeBetaMs·n */
  readonly decodeAlphaMs: number;
  readonly decodeBetaMs: number;
  /** prefill(n) = prefillGammaMs + prefillDeltaMs·inputTokens·n */
  readonly prefillGammaMs: number;
  readonly prefillDeltaMs: number;
}

const NO_STEPS: readonly number[] = [];

const joining = noJoining();

/**
 * Family linear: a request at batch n takes S(n) = prefill(n) + (m − 1)·ITL(n), where prefill is 0 without input tokens and the
 * first of the m output tokens comes with the prefill. ITL and prefill are read at the batch whose S is the mean time in service.
 *
 * With `firstTokenWithPrefill` S(n) is shared out as an engine does that computes prompts one by one amid the decodes of others: of
 * the prompts δ·k·n that pass through the batch during a stay only one is the request's own, and the others lengthen its decodes.
 * Worked: alpha 20.58, beta 0.41, gamma 164.64, delta 0.0128, k 128, m 1024, n 1 → prefill 166.3, ITL 20.99, S = 21 639 ms.
 */
export function linearFamily(
  parameters: LinearParameters,
  shape: RequestShape,
  maxBatch: number,
  firstTokenWithPrefill = false,
): ServiceModel {
  return new LinearModel(parameters, shape, maxBatch, firstTokenWithPrefill);
}

/** A class, as one is made for every candidate: it holds figures, and shares its functions. */
class LinearModel implements ServiceModel {
  readonly #decodeAlphaMs: number;
  readonly #decodeBetaMs: number;
  readonly #prefillBaseMs: number;
  readonly #prefillSlopeMs: number;
  readonly #decodeSteps: number;
  readonly #line: ServiceLine;
  readonly #maxBatch: number;
  readonly #firstTokenWithPrefill: boolean;

  constructor(parameters: LinearParameters, shape: RequestShape, maxBatch: number, firstTokenWithPrefill: boolean) {
    const { decodeAlphaMs, decodeBetaMs, prefillGammaMs, prefillDeltaMs } = parameters;
    const { inputTokens, outputTokens } = shape;
    const decodeSteps = outputTokens - 1;
    const prefillBaseMs = inputTokens > 0 ? prefillGammaMs : 0;
    const prefillSlopeMs = inputTokens > 0 ? prefillDeltaMs * inputTokens : 0;
    this.#decodeAlphaMs = decodeAlphaMs;
    this.#decodeBetaMs = decodeBetaMs;
    this.#prefillBaseMs = prefillBaseMs;
    this.#prefillSlopeMs = prefillSlopeMs;
    this.#decodeSteps = decodeSteps;
    this.#line = {
      baseMs: prefillBaseMs + decodeSteps * decodeAlphaMs,
      slopeMs: prefillSlopeMs + decodeSteps * decodeBetaMs,
      lastBatch: Infinity,
    };
    this.#maxBatch = maxBatch;
    this.#firstTokenWithPrefill = firstTokenWithPrefill;
  }

  serviceLine(): ServiceLine {
    return this.#line;
  }

  itlMs(meanServiceMs: number, meanBatch: number): number {
    return this.itlCeilingMs(this.#equivalentBatch(meanServiceMs, meanBatch));
  }

  firstTokenMs(means: Readonly<QueueMeans>): number {
    if (this.#firstTokenWithPrefill) return meanFirstTokenMs(this, means);
    return this.#prefillBaseMs + this.#prefillSlopeMs * this.#equivalentBatch(means.meanServiceMs, means.meanBatch);
  }

  itlCeilingMs(batch: number): number {
    return this.#decodeAlphaMs + this.#decodeBetaMs * batch + (this.#firstTokenWithPrefill ? this.#promptsMs(batch) : 0);
  }

  chunkSteps(): readonly number[] {
    return NO_STEPS;
  }

  joiningAs(batch: number): Readonly<Joining> {
    const others = batch - 1;
    const decodeMs = this.#decodeAlphaMs + this.#decodeBetaMs * batch;
    const itlMs = decodeMs + this.#promptsMs(batch);
    const aloneMs = this.#prefillBaseMs + this.#prefillSlopeMs;
    joining.itlMs = itlMs;
    joining.iterationMs = 0;
    joining.prefillMs = aloneMs;
    joining.otherPrompts = 0;
    joining.otherPromptMs = 0;
    if (others === 0) return joining;
    // γ is the request's own, while the batch decodes on: of the iterations of its stay, those and one for each further token.
    const iterations = Math.max(1, decodeMs > 0 ? this.#decodeSteps + this.#prefillBaseMs / decodeMs : this.#decodeSteps);
    const prompts = others / iterations;
    const sharedMs = decodeMs - this.#decodeBetaMs + prompts * this.#prefillSlopeMs;
    const iterationMs = lengthMetMs(sharedMs, prompts * this.#prefillSlopeMs * this.#prefillSlopeMs);
    // When γ is over, an iteration is under way again.
    const restMs = this.#prefillBaseMs > 0 ? iterationMs / 2 : 0;
    joining.iterationMs = iterationMs;
    joining.prefillMs = aloneMs + restMs + decodeMs;
    joining.otherPrompts = sharedMs > 0 ? (prompts * iterationMs) / sharedMs : 0;
    joining.otherPromptMs = this.#prefillSlopeMs;
    return joining;
  }

  /** The batch n̂ with S(n̂) = mean time in service; where S does not depend on the batch, the mean batch itself. */
  #equivalentBatch(meanServiceMs: number, meanBatch: number): number {
    const { baseMs, slopeMs } = this.#line;
    return slopeMs > 0 ? Math.min(this.#maxBatch, Math.max(0, (meanServiceMs - baseMs) / slopeMs)) : meanBatch;
  }

  /** The part of an iteration that prompts of others take, in a batch of `batch`. */
  #promptsMs(batch: number): number {
    return this.#decodeSteps > 0 ? (Math.max(0, batch - 1) * this.#prefillSlopeMs) / this.#decodeSteps : 0;
  }
}
