import { lengthMetMs, meanFirstTokenMs, type RequestShape, type ServiceLine, type ServiceModel } from './service-model.js';

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

  /** The part of an iteration that prompts of others take, in a batch of `batch`. */
  const promptsMs = (batch: number): number => (decodeSteps > 0 ? (Math.max(0, batch - 1) * prefillSlopeMs) / decodeSteps : 0);
  const itlAt = (batch: number): number => decodeAlphaMs + decodeBetaMs * batch + (firstTokenWithPrefill ? promptsMs(batch) : 0);

  const model: ServiceModel = {
    serviceLine: () => line,
    itlMs: (meanServiceMs, meanBatch) => itlAt(equivalentBatch(meanServiceMs, meanBatch)),
    firstTokenMs: (means) => {
      if (firstTokenWithPrefill) return meanFirstTokenMs(model, means);
      return prefillBaseMs + prefillSlopeMs * equivalentBatch(means.meanServiceMs, means.meanBatch);
    },
    itlCeilingMs: itlAt,
    chunkSteps: () => NO_STEPS,
    joiningAs: (batch) => {
      const others = batch - 1;
      const decodeMs = decodeAlphaMs + decodeBetaMs * batch;
      const itlMs = decodeMs + promptsMs(batch);
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
  return model;
}
