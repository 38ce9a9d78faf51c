import type { LoadSpec } from '#shared/contracts/system-data.js';
import type { RequestShape } from './latency/service-model.js';

/** What a server is asked to serve. Unknown is not zero: nothing is decided on a load that nobody measured. */
export type OfferedLoad =
  | { readonly kind: 'unknown'; readonly reason: string }
  /** Measured, and nothing: the shape is that of its last requests, where it is known. */
  | { readonly kind: 'zero'; readonly shape: RequestShape | null }
  | { readonly kind: 'known'; readonly shape: RequestShape; readonly arrivalRatePerMin: number };

/** Absent input tokens beside given output tokens are the older single figure: no prompt. */
export function offeredLoad(load: LoadSpec | undefined): OfferedLoad {
  if (load?.arrivalRate === undefined) return { kind: 'unknown', reason: 'no arrival rate' };
  const { arrivalRate, avgOutTokens } = load;
  if (arrivalRate === 0) return { kind: 'zero', shape: avgOutTokens === undefined || avgOutTokens === 0 ? null : shapeOf(load) };
  if (avgOutTokens === undefined) return { kind: 'unknown', reason: 'no output tokens per request' };
  return { kind: 'known', shape: shapeOf(load), arrivalRatePerMin: arrivalRate };
}

function shapeOf(load: LoadSpec): RequestShape {
  return { inputTokens: load.avgInTokens ?? 0, outputTokens: Math.max(1, load.avgOutTokens ?? 1) };
}
