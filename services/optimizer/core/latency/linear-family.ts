import type { RequestShape, ServiceLine, ServiceModel } from './service-model.js';

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
  };
}
