import { lengthMetMs, type RequestShape, type ServiceLine, type ServiceModel } from './service-model.js';

export interface LinearParameters {
  /** ITL(n) = decodeAlphaMs + decodeBetaMs·n */
  readonly decodeAlphaMs: number;
  readonly decodeBetaMs: number;
  /** prefill(n) = prefillGammaMs + prefillDeltaMs·inputTokens·n */
  readonly prefillGammaMs: number;
  readonly prefillDeltaMs: number;
}

const NO_STEPS: readonly number[] = [];

/**
 * Family linear: a request at batch n takes S(n) = prefill(n) + (m − 1)·ITL(n), where prefill is 0 without input tokens and the
 * first of the m output tokens comes with the prefill. ITL and prefill are read at the batch whose S is the mean time in service.
 * Worked: alpha 20.58, beta 0.41, gamma 164.64, delta 0.0128, k 128, m 1024, n 1 → prefill 166.3, ITL 20.99, S = 21 639 ms.
 */
export function linearFamily(parameters: LinearParameters, shape: RequestShape, maxBatch: number): ServiceModel {
  const { decodeAlphaMs, decodeBetaMs } = parameters;
  const decodeSteps = shape.outputTokens - 1;
  const prefillBaseMs = shape.inputTokens > 0 ? parameters.prefillGammaMs : 0;
  const prefillSlopeMs = shape.inputTokens > 0 ? parameters.prefillDeltaMs * shape.inputTokens : 0;
  const baseMs = prefillBaseMs + decodeSteps * decodeAlphaMs;
  const slopeMs = prefillSlopeMs + decodeSteps * decodeBetaMs;
  const line: ServiceLine = { baseMs, slopeMs, lastBatch: Infinity };

  /** The batch n̂ with S(n̂) = mean time in service; where S does not depend on the batch, the mean batch itself. */
  const equivalentBatch = (meanServiceMs: number, meanBatch: number): number =>
    slopeMs > 0 ? Math.min(maxBatch, Math.max(0, (meanServiceMs - baseMs) / slopeMs)) : meanBatch;

  return {
    serviceLine: () => line,
    itlMs: (meanServiceMs, meanBatch) => decodeAlphaMs + decodeBetaMs * equivalentBatch(meanServiceMs, meanBatch),
    firstTokenMs: (meanServiceMs, meanBatch) => prefillBaseMs + prefillSlopeMs * equivalentBatch(meanServiceMs, meanBatch),
    itlCeilingMs: () => decodeAlphaMs + decodeBetaMs * maxBatch,
    chunkSteps: () => NO_STEPS,
    joiningAs: (batch) => {
      const others = batch - 1;
      const decodeMs = decodeAlphaMs + decodeBetaMs * batch;
      const itlMs = decodeSteps > 0 ? decodeMs + (others * prefillSlopeMs) / decodeSteps : decodeMs;
      const alone = { itlMs, iterationMs: 0, prefillMs: prefillBaseMs + prefillSlopeMs, otherPrompts: 0, otherPromptMs: 0 };
      if (others === 0) return alone;
      // γ is the request's own, while the batch decodes on: of the iterations of its stay, those and one for each further token.
      const iterations = Math.max(1, decodeMs > 0 ? decodeSteps + prefillBaseMs / decodeMs : decodeSteps);
      const prompts = others / iterations;
      const sharedMs = decodeMs - decodeBetaMs + prompts * prefillSlopeMs;
      const iterationMs = lengthMetMs(sharedMs, prompts * prefillSlopeMs * prefillSlopeMs);
      // When γ is over, an iteration is under way again.
      const restMs = prefillBaseMs > 0 ? iterationMs / 2 : 0;
      return {
        itlMs,
        iterationMs,
        prefillMs: alone.prefillMs + restMs + decodeMs,
        otherPrompts: sharedMs > 0 ? (prompts * iterationMs) / sharedMs : 0,
        otherPromptMs: prefillSlopeMs,
      };
    },
  };
}
