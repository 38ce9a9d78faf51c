import { commonSettings } from '#shared/config/common-settings.js';
import { serviceAddresses } from '#shared/config/service-address.js';
import { booleanSetting, integerSetting } from '#shared/config/settings.js';

/** Value of `maxQueueSize` that leaves the size to each server's max batch. */
export const QUEUE_BY_BATCH = -1;

/** Settings of the optimizer. */
export const settings = {
  ...commonSettings,
  host: serviceAddresses.optimizerHost,
  port: serviceAddresses.optimizerPort,
  maxQueueSize: integerSetting({
    variable: 'DEFAULT_MAX_QUEUE_SIZE',
    default: QUEUE_BY_BATCH,
    min: QUEUE_BY_BATCH,
    max: 1_000_000_000,
    about: 'requests that wait at one replica before arrivals are lost, for servers that do not say; -1: ten times the max batch',
  }),
  firstTokenWithPrefill: booleanSetting({
    variable: 'INFERNO_FIRST_TOKEN_WITH_PREFILL',
    default: false,
    about: 'the last prefill iteration already gives the first token, so TTFT is wait + prefill, without an ITL besides',
  }),
  stateful: booleanSetting({
    variable: 'INFERNO_STATEFUL',
    argument: '-F',
    default: false,
    about: 'keep a system in memory that is set, changed and optimized over REST; it is lost when the optimizer ends',
  }),
} as const;
