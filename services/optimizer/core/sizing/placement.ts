import type { AcceleratorSpec, ModelPerfSpec } from '#shared/contracts/system-data.js';
import type { IterationParameters } from '../latency/iteration-family.js';
import type { LinearParameters } from '../latency/linear-family.js';
import type { Rejection } from './replica.js';

export type Parameters =
  | { readonly family: 'linear'; readonly values: LinearParameters }
  | { readonly family: 'iteration'; readonly values: IterationParameters }
  | { readonly family: 'none'; readonly rejection: Rejection };

export const NO_PARAMETERS: Parameters = { family: 'none', rejection: { code: 'no-parameters', text: 'no parameters' } };

/** A model on an accelerator: what one replica takes, and how fast it is. */
export interface Placement {
  /** Position among the accelerators, in the order of names; -1: none of them. */
  readonly index: number;
  readonly accelerator: string;
  readonly type: string;
  readonly cardsPerReplica: number;
  /** Cents/hr. */
  readonly costPerReplica: number;
  readonly maxBatchSize: number;
  /** Output tokens at which `maxBatchSize` was measured; 0: it holds for all. */
  readonly atTokens: number;
  readonly parameters: Parameters;
}

/** A replica takes `accCount` accelerators (zero or less means one), each of `multiplicity` cards. */
export function placementOf(accelerator: AcceleratorSpec, index: number, perf: ModelPerfSpec | undefined): Placement {
  const accCount = Math.max(1, perf?.accCount ?? 1);
  return {
    index,
    accelerator: accelerator.name,
    type: accelerator.type,
    cardsPerReplica: accCount * accelerator.multiplicity,
    costPerReplica: accCount * accelerator.cost,
    maxBatchSize: perf?.maxBatchSize ?? 0,
    atTokens: perf?.atTokens ?? 0,
    parameters: parametersOf(perf),
  };
}

function parametersOf(perf: ModelPerfSpec | undefined): Parameters {
  const { perfParms, decodeParms, prefillParms } = perf ?? {};
  if (perfParms !== undefined) {
    const { alpha, beta, gamma } = perfParms;
    if (isFit(alpha, beta, gamma, 0)) return { family: 'iteration', values: { alphaMs: alpha, betaMs: beta, gammaMs: gamma } };
    return problemOf({ alpha, beta, gamma });
  }
  const { alpha, beta } = decodeParms ?? { alpha: 0, beta: 0 };
  const { gamma, delta } = prefillParms ?? { gamma: 0, delta: 0 };
  if (!isFit(alpha, beta, gamma, delta)) return problemOf({ alpha, beta, gamma, delta });
  const values = { decodeAlphaMs: alpha, decodeBetaMs: beta, prefillGammaMs: gamma, prefillDeltaMs: delta };
  return { family: 'linear', values };
}

/** All zero is a fit that has not been made yet. With a negative one, latency falls somewhere as load grows: nothing sized by it would hold. */
function isFit(a: number, b: number, c: number, d: number): boolean {
  const largest = Math.max(a, b, c, d);
  return Math.min(a, b, c, d) >= 0 && largest > 0 && largest < Infinity;
}

function problemOf(named: Readonly<Record<string, number>>): Parameters {
  const entries = Object.entries(named);
  if (entries.every(([, value]) => value === 0)) return NO_PARAMETERS;
  const [name, value] = entries.find(([, given]) => !(given >= 0 && given < Infinity)) ?? ['parameter', NaN];
  return { family: 'none', rejection: { code: 'bad-parameters', text: `bad parameters: ${name} ${value}` } };
}
