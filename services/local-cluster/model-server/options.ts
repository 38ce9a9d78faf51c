import type { Clock } from '#shared/clock/clock.js';
import type { Logger } from '#shared/observe/logger.js';
import { type EngineCosts, iterationCosts, type IterationParms, linearCosts, type LinearParms } from '../engine/costs.js';

/** Longest context served when the KV cache would hold more. */
const LONGEST_MODEL_LEN = 32_768;

/** Mean length of an answer that is not cut by `max_tokens`. */
const NATURAL_OUT_TOKENS = 256;

interface CommonOptions {
  /** Address and port to listen on; port 0 takes a free one. */
  address: string;
  port: number;
  /** The one model it serves; requests for another are answered 404. */
  modelName: string;
  /** Most sequences in the batch. */
  maxBatch: number;
  kvCapacityTokens: number;
  /** Prompt and output of one request, at most; default the KV capacity, but not above 32 768. */
  maxModelLen?: number;
  /** From the start to readiness. */
  startupDelayMs: number;
  /** Truth over parameters: 1.2 is a server that takes 20 % longer than its data say. Default 1. */
  errorFactor?: number;
  /** Amplitude of the noise on iteration times, [0, 1). Default 0. */
  noise?: number;
  seed?: number;
  /** Share of a prompt found in the prefix cache, [0, 1). Default 0. */
  prefixHitRate?: number;
  /** Mean length in tokens of an answer that `max_tokens` does not cut. Default 256. */
  naturalOutTokens?: number;
  clock: Clock;
  logger?: Logger;
}

/** What a simulated model server is told; the parameters are those of model-data, of either family. */
export type ModelServerOptions = CommonOptions & ({ perfParms: IterationParms } | LinearParms);

export interface ResolvedOptions extends Required<Omit<CommonOptions, 'logger' | 'errorFactor'>> {
  costs: EngineCosts;
  logger: Logger | undefined;
}

/** Fills in the defaults and turns either parameter family into costs; throws RangeError naming key, value and range. */
export function resolveOptions(options: ModelServerOptions): ResolvedOptions {
  const { startupDelayMs, kvCapacityTokens, naturalOutTokens = NATURAL_OUT_TOKENS } = options;
  const maxModelLen = options.maxModelLen ?? Math.min(kvCapacityTokens, LONGEST_MODEL_LEN);
  if (!(startupDelayMs >= 0 && Number.isFinite(startupDelayMs)))
    throw new RangeError(`startupDelayMs must be a number ≥ 0, got ${startupDelayMs}`);
  if (!(Number.isSafeInteger(maxModelLen) && maxModelLen >= 2 && maxModelLen <= kvCapacityTokens))
    throw new RangeError(`maxModelLen must be an integer in [2, kvCapacityTokens = ${kvCapacityTokens}], got ${maxModelLen}`);
  if (!(naturalOutTokens >= 1 && Number.isFinite(naturalOutTokens)))
    throw new RangeError(`naturalOutTokens must be a number ≥ 1, got ${naturalOutTokens}`);
  const errorFactor = options.errorFactor ?? 1;
  return {
    address: options.address,
    port: options.port,
    modelName: options.modelName,
    maxBatch: options.maxBatch,
    kvCapacityTokens,
    maxModelLen,
    startupDelayMs,
    noise: options.noise ?? 0,
    seed: options.seed ?? 0,
    prefixHitRate: options.prefixHitRate ?? 0,
    naturalOutTokens,
    clock: options.clock,
    logger: options.logger,
    costs: 'perfParms' in options ? iterationCosts(options.perfParms, errorFactor) : linearCosts(options, errorFactor),
  };
}
