import { curveUpTo } from '../latency/curve-up-to.js';
import { iterationFamily } from '../latency/iteration-family.js';
import { linearFamily } from '../latency/linear-family.js';
import { LONGEST_SERVICE_MS, serviceCurve, SHORTEST_SERVICE_MS, type ServiceCurve } from '../latency/service-curve.js';
import type { RequestShape, ServiceModel } from '../latency/service-model.js';
import type { OptimizerOptions } from '../options.js';
import type { Parameters, Placement } from './placement.js';
import type { Rejection, Replica } from './replica.js';

/** What a server says of its batch and queue; zero or absent: the model's, or the default. */
export interface ReplicaLimits {
  readonly maxBatchSize?: number | undefined;
  readonly maxQueueSize?: number | undefined;
}

const SERVICE_TIME_BEYOND = `bad parameters: service time not within ${SHORTEST_SERVICE_MS} to ${LONGEST_SERVICE_MS} ms`;
/** Requests that wait per slot of the batch where nothing else is said. */
const QUEUE_PER_SLOT = 10;
/** No engine runs larger batches; a sample model of 102 at 512 tokens gives 52 224 for answers of one token. */
const LARGEST_BATCH = 65_536;

/** What the curve of a replica is made of besides its placement; one for all placements of a server. */
export interface CurveTerms {
  readonly shape: RequestShape;
  readonly limits: ReplicaLimits;
  readonly options: OptimizerOptions;
}

/** One replica of a model on an accelerator, with the largest max batch there is room for. */
export function replicaCurve(placement: Placement, terms: CurveTerms): ServiceCurve | Rejection {
  const { parameters } = placement;
  if (parameters.family === 'none') return parameters.rejection;
  const maxBatch = ceilingOf(placement, terms.limits, terms.shape);
  if (maxBatch === 0) return { code: 'bad-parameters', text: 'bad parameters: maxBatchSize 0' };
  return curveWith(parameters, maxBatch, terms) ?? { code: 'bad-parameters', text: SERVICE_TIME_BEYOND };
}

/** The same replica with a smaller max batch, and the queue that goes with it. */
export function smallerReplica(
  curve: ServiceCurve,
  maxBatch: number,
  { parameters }: Placement,
  { shape, limits, options }: CurveTerms,
): ServiceCurve {
  if (parameters.family === 'none' || maxBatch === curve.maxBatch) return curve;
  // A mean batch is never above the largest, so a model knows that for one slot only.
  const model = maxBatch === 1 ? modelOf(parameters, shape, 1, options) : curve.model;
  return curveUpTo(curve, model, maxBatch, queueOf(parameters, limits, maxBatch, options));
}

/** The curve of a replica that was sized on a placement; null where the shape of the requests is not known. */
export function curveOf({ parameters }: Placement, { slots, terms }: Replica): ServiceCurve | null {
  return terms === null || parameters.family === 'none' ? null : curveWith(parameters, slots, terms);
}

type KnownParameters = Exclude<Parameters, { family: 'none' }>;

function curveWith(parameters: KnownParameters, maxBatch: number, { shape, limits, options }: CurveTerms): ServiceCurve | null {
  const model = modelOf(parameters, shape, maxBatch, options);
  return serviceCurve(model, maxBatch, queueOf(parameters, limits, maxBatch, options));
}

function modelOf(
  parameters: KnownParameters,
  shape: RequestShape,
  maxBatch: number,
  { firstTokenWithPrefill }: OptimizerOptions,
): ServiceModel {
  if (parameters.family === 'linear') return linearFamily(parameters.values, shape, maxBatch, firstTokenWithPrefill);
  return iterationFamily(parameters.values, shape, { maxBatch, firstTokenWithPrefill });
}

/** The reference's family linear knows no other queue. */
function queueOf(
  { family }: KnownParameters,
  { maxQueueSize }: ReplicaLimits,
  maxBatch: number,
  { defaultMaxQueueSize }: OptimizerOptions,
): number {
  const unset = QUEUE_PER_SLOT * maxBatch;
  return family === 'linear' ? unset : (maxQueueSize ?? defaultMaxQueueSize ?? unset);
}

/** Max batch without regard to tokens: what a server without any requests runs with. */
export function idleBatchOf(placement: Placement, limits: ReplicaLimits): number {
  const asked = limits.maxBatchSize ?? 0;
  return Math.min(LARGEST_BATCH, asked > 0 ? asked : placement.maxBatchSize);
}

/**
 * The KV cache holds `maxBatchSize` requests of `atTokens` output tokens: fewer of longer ones, and at least one. What a server asks
 * for is not questioned.
 */
export function ceilingOf(placement: Placement, limits: ReplicaLimits, { outputTokens }: RequestShape): number {
  const { maxBatchSize, atTokens } = placement;
  if ((limits.maxBatchSize ?? 0) > 0 || atTokens === 0 || maxBatchSize === 0) return idleBatchOf(placement, limits);
  return Math.min(LARGEST_BATCH, Math.max(1, Math.floor((maxBatchSize * atTokens) / outputTokens)));
}
