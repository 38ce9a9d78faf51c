import type { AcceleratorSpec, ModelPerfSpec } from '#shared/contracts/system-data.js';
import type { IterationParameters } from '../latency/iteration-family.js';
import type { LinearParameters } from '../latency/linear-family.js';

export type Parameters =
  | { readonly family: 'linear'; readonly values: LinearParameters }
  | { readonly family: 'iteration'; readonly values: IterationParameters }
  | { readonly family: 'none'; readonly code: 'no-parameters' | 'bad-parameters'; readonly text: string };

/** A model on an accelerator: what one replica takes, and how fast it is. */
export interface Placement {
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
export function placementOf(accelerator: AcceleratorSpec, perf: ModelPerfSpec | undefined): Placement {
  const accCount = Math.max(1, perf?.accCount ?? 1);
  return {
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
    return problemOf({ alpha, beta, gamma }) ?? { family: 'iteration', values: { alphaMs: alpha, betaMs: beta, gammaMs: gamma } };
  }
  const { alpha, beta } = decodeParms ?? { alpha: 0, beta: 0 };
  const { gamma, delta } = prefillParms ?? { gamma: 0, delta: 0 };
  const values = { decodeAlphaMs: alpha, decodeBetaMs: beta, prefillGammaMs: gamma, prefillDeltaMs: delta };
  return problemOf({ alpha, beta, gamma, delta }) ?? { family: 'linear', values };
}

/** All zero is a fit that has not been made yet. With a negative one, latency falls somewhere as load grows: nothing sized by it would hold. */
function problemOf(named: Readonly<Record<string, number>>): Extract<Parameters, { family: 'none' }> | null {
  const entries = Object.entries(named);
  if (entries.every(([, value]) => value === 0)) return { family: 'none', code: 'no-parameters', text: 'no parameters' };
  const bad = entries.find(([, value]) => !(value >= 0 && value < Infinity));
  return bad === undefined ? null : { family: 'none', code: 'bad-parameters', text: `bad parameters: ${bad[0]} ${bad[1]}` };
}
