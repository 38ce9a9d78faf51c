import type { ModelPerfSpec } from '#shared/contracts/system-data.js';
import { iterationFamily } from '../latency/iteration-family.js';
import { linearFamily } from '../latency/linear-family.js';
import { serviceCurve, type ServiceCurve } from '../latency/service-curve.js';
import type { RequestShape, ServiceModel } from '../latency/service-model.js';
import type { OptimizerOptions } from '../options.js';

/** What a server says of its batch and queue; zero or absent: the model's, or the default. */
export interface ReplicaLimits {
  readonly maxBatchSize?: number | undefined;
  readonly maxQueueSize?: number | undefined;
}

export type ReplicaModel =
  | { readonly usable: true; readonly curve: ServiceCurve }
  | { readonly usable: false; readonly code: 'no-parameters' | 'bad-parameters'; readonly detail: string };

const NO_PARAMETERS = { usable: false, code: 'no-parameters', detail: 'no parameters' } as const;

/** Requests that wait per slot of the batch where nothing else is said. */
const QUEUE_PER_SLOT = 10;
/** No engine runs larger batches; a sample model of 102 at 512 tokens gives 52 224 for answers of one token. */
const LARGEST_BATCH = 65_536;

/** One replica of a model on an accelerator, for requests of one shape. */
export function replicaModel(
  perf: ModelPerfSpec | undefined,
  shape: RequestShape,
  limits: ReplicaLimits,
  options: OptimizerOptions,
): ReplicaModel {
  if (perf === undefined) return NO_PARAMETERS;
  const maxBatch = batchOf(perf, limits, shape.outputTokens);
  if (maxBatch === 0) return { usable: false, code: 'bad-parameters', detail: 'maxBatchSize 0' };
  const family = familyOf(perf);
  if (!family.usable) return family;

  const { parameters } = family;
  const isLinear = 'decodeAlphaMs' in parameters;
  const model: ServiceModel = isLinear
    ? linearFamily(parameters, shape)
    : iterationFamily(parameters, shape, { maxBatch, firstTokenWithPrefill: options.firstTokenWithPrefill });
  const unset = QUEUE_PER_SLOT * maxBatch;
  const maxQueue = isLinear ? unset : (limits.maxQueueSize ?? options.defaultMaxQueueSize ?? unset);
  const curve = serviceCurve(model, maxBatch, maxQueue);
  if (curve === null)
    return { usable: false, code: 'bad-parameters', detail: `service time not positive and finite up to batch ${maxBatch}` };
  return { usable: true, curve };
}

/** Max batch without regard to tokens: what a server without any requests runs with. */
export function idleBatchOf(perf: ModelPerfSpec, limits: ReplicaLimits): number {
  const asked = limits.maxBatchSize ?? 0;
  return Math.min(LARGEST_BATCH, asked > 0 ? asked : perf.maxBatchSize);
}

/** The KV cache holds `maxBatchSize` requests of `atTokens` output tokens: fewer of longer ones, and at least one. */
function batchOf(perf: ModelPerfSpec, limits: ReplicaLimits, outputTokens: number): number {
  const atTokens = perf.atTokens ?? 0;
  if ((limits.maxBatchSize ?? 0) > 0 || atTokens === 0 || perf.maxBatchSize === 0) return idleBatchOf(perf, limits);
  return Math.min(LARGEST_BATCH, Math.max(1, Math.floor((perf.maxBatchSize * atTokens) / outputTokens)));
}

type Family =
  | { readonly usable: true; readonly parameters: Parameters<typeof linearFamily>[0] | Parameters<typeof iterationFamily>[0] }
  | Extract<ReplicaModel, { usable: false }>;

/** The parameters of whichever family a model has on an accelerator. */
export function familyOf(perf: ModelPerfSpec): Family {
  const { perfParms, decodeParms, prefillParms } = perf;
  if (perfParms !== undefined) {
    const { alpha, beta, gamma } = perfParms;
    return checked({ alphaMs: alpha, betaMs: beta, gammaMs: gamma }, { alpha, beta, gamma });
  }
  if (decodeParms === undefined && prefillParms === undefined) {
    return NO_PARAMETERS;
  }
  const { alpha, beta } = decodeParms ?? { alpha: 0, beta: 0 };
  const { gamma, delta } = prefillParms ?? { gamma: 0, delta: 0 };
  const parameters = { decodeAlphaMs: alpha, decodeBetaMs: beta, prefillGammaMs: gamma, prefillDeltaMs: delta };
  return checked(parameters, { alpha, beta, gamma, delta });
}

/** All zero is a fit that has not been made yet. With a negative one latency falls somewhere as load grows: nothing sized by it would hold. */
function checked(parameters: Extract<Family, { usable: true }>['parameters'], named: Readonly<Record<string, number>>): Family {
  const entries = Object.entries(named);
  if (entries.every(([, value]) => value === 0)) {
    return { usable: false, code: 'no-parameters', detail: 'no parameters: all are 0' };
  }
  const bad = entries.find(([, value]) => !(value >= 0 && value < Infinity));
  if (bad !== undefined) return { usable: false, code: 'bad-parameters', detail: `${bad[0]} ${bad[1]}` };
  return { usable: true, parameters };
}
