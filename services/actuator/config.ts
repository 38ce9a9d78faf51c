import {
  commonSettings,
  kubeconfigSetting,
  loopNamespaceSetting,
  watchNamespaceSetting,
} from '#shared/config/common-settings.js';
import { serviceAddresses } from '#shared/config/service-address.js';
import { integerSetting, numberSetting } from '#shared/config/settings.js';

/** Settings of the actuator. */
export const settings = {
  ...commonSettings,
  host: serviceAddresses.actuatorHost,
  port: serviceAddresses.actuatorPort,
  kubeconfig: kubeconfigSetting,
  watchNamespace: watchNamespaceSetting,
  namespace: loopNamespaceSetting,
  concurrency: integerSetting({
    variable: 'ACTUATOR_CONCURRENCY',
    default: 8,
    min: 1,
    max: 64,
    about: 'servers that are updated at a time',
  }),
  drainTimeoutSec: integerSetting({
    variable: 'INFERNO_DRAIN_TIMEOUT',
    default: 300,
    min: 0,
    max: 86_400,
    about: 'seconds that a pod may take to finish its requests; a Deployment whose grace period is less draws a warning Event',
  }),
  retrySec: numberSetting({
    variable: 'ACTUATOR_RETRY_INTERVAL',
    default: 5,
    min: 0.1,
    max: 3600,
    about: 'seconds between two tries to set a count whose new pods are available',
  }),
} as const;
