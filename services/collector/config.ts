import {
  commonSettings,
  kubeconfigSetting,
  loopNamespaceSetting,
  watchNamespaceSetting,
} from '#shared/config/common-settings.js';
import { serviceAddresses } from '#shared/config/service-address.js';
import { booleanSetting, integerSetting, numberSetting } from '#shared/config/settings.js';

/** Settings of the collector. */
export const settings = {
  ...commonSettings,
  host: serviceAddresses.collectorHost,
  port: serviceAddresses.collectorPort,
  kubeconfig: kubeconfigSetting,
  watchNamespace: watchNamespaceSetting,
  namespace: loopNamespaceSetting,
  staleLimitSec: numberSetting({
    variable: 'COLLECTOR_STALE_LIMIT',
    default: 30,
    min: 1,
    max: 3600,
    about: 'seconds without contact to the API server after which nothing is told any more, and so nothing is scaled',
  }),
  scrape: booleanSetting({
    variable: 'COLLECTOR_SCRAPE',
    default: true,
    about: 'read load and latency from the pods themselves (else from load labels alone)',
  }),
  scrapeIntervalSec: numberSetting({
    variable: 'COLLECTOR_SCRAPE_INTERVAL',
    default: 5,
    min: 0.1,
    max: 300,
    about: 'seconds between two readings of the metrics of each pod',
  }),
  scrapeTimeoutSec: numberSetting({
    variable: 'COLLECTOR_SCRAPE_TIMEOUT',
    default: 2,
    min: 0.1,
    max: 60,
    about: 'seconds that a pod has to answer with its metrics',
  }),
  scrapeConcurrency: integerSetting({
    variable: 'COLLECTOR_SCRAPE_CONCURRENCY',
    default: 16,
    min: 1,
    max: 256,
    about: 'pods that are asked for their metrics at a time',
  }),
  windowSec: numberSetting({
    variable: 'INFERNO_COLLECTOR_WINDOW',
    default: 60,
    min: 1,
    max: 3600,
    about: 'seconds that rates and means are taken over',
  }),
} as const;
