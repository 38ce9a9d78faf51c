import { commonSettings } from '#shared/config/common-settings.js';
import { serviceAddresses } from '#shared/config/service-address.js';
import { booleanSetting, integerSetting, numberSetting, type SettingValues } from '#shared/config/settings.js';
import type { OptimizerOptions } from './core/options.js';

/** Value of `maxQueueSize` that leaves the size to each server's max batch. */
const QUEUE_BY_BATCH = -1;

/** Those of the settings that bear on an answer, whoever asks for it. */
export const answerSettings = {
  maxQueueSize: integerSetting({
    variable: 'DEFAULT_MAX_QUEUE_SIZE',
    default: QUEUE_BY_BATCH,
    min: QUEUE_BY_BATCH,
    max: 1_000_000_000,
    about: 'requests that wait at one replica before arrivals are lost, for servers that do not say; -1: ten times the max batch',
  }),
  maxBatchSize: integerSetting({
    variable: 'DEFAULT_MAX_BATCH_SIZE',
    default: 0,
    min: 0,
    max: 65_536,
    about: 'max batch of servers that ask for none; 0: as maxBatch in optimizer-data.json says',
  }),
  firstTokenWithPrefill: booleanSetting({
    variable: 'INFERNO_FIRST_TOKEN_WITH_PREFILL',
    default: false,
    about:
      'counts as an engine with continuous batching does: the last prefill iteration gives the first token, TTFT has the rest ' +
      'of the running iteration, ITL the prompts of others; off: as the reference',
  }),
  milpTimeLimitSec: numberSetting({
    variable: 'INFERNO_MILP_TIME_LIMIT',
    default: 10,
    min: 0.1,
    max: 3600,
    about:
      'seconds that HiGHS has for one problem, be it milp or what auto leaves open; then the best so far is answered, with its gap',
  }),
  milpGap: numberSetting({
    variable: 'INFERNO_MILP_GAP',
    default: 0,
    min: 0,
    max: 1,
    about: 'how far from the least value an answer of the solver milp may be, relative to it; 0: exact',
  }),
} as const;

/** Settings of the optimizer. */
export const settings = {
  ...commonSettings,
  host: serviceAddresses.optimizerHost,
  port: serviceAddresses.optimizerPort,
  ...answerSettings,
  stateful: booleanSetting({
    variable: 'INFERNO_STATEFUL',
    argument: '-F',
    default: false,
    about: 'keep a system in memory that is set, changed and optimized over REST; it is lost when the optimizer ends',
  }),
} as const;

export function optimizerOptions(config: SettingValues<typeof answerSettings>): OptimizerOptions {
  const { maxQueueSize, maxBatchSize, firstTokenWithPrefill } = config;
  return {
    firstTokenWithPrefill,
    defaultMaxBatchSize: maxBatchSize,
    ...(maxQueueSize === QUEUE_BY_BATCH ? {} : { defaultMaxQueueSize: maxQueueSize }),
  };
}
