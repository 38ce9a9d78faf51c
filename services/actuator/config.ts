import { commonSettings, kubeconfigSetting, watchNamespaceSetting } from '#shared/config/common-settings.js';
import { serviceAddresses } from '#shared/config/service-address.js';
import { integerSetting, numberSetting, textSetting } from '#shared/config/settings.js';

/** Settings of the actuator. */
export const settings = {
  ...commonSettings,
  host: serviceAddresses.actuatorHost,
  port: serviceAddresses.actuatorPort,
  kubeconfig: kubeconfigSetting,
  watchNamespace: watchNamespaceSetting,
  namespace: textSetting({
    variable: 'INFERNO_NAMESPACE',
    default: 'inferno',
    range: 'name of a namespace',
    about: 'namespace of the loop itself: there it keeps what was paused by hand',
    accepts: (text) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text),
  }),
  concurrency: integerSetting({
    variable: 'ACTUATOR_CONCURRENCY',
    default: 8,
    min: 1,
    max: 64,
    about: 'servers that are updated at a time',
  }),
  retrySec: numberSetting({
    variable: 'ACTUATOR_RETRY_INTERVAL',
    default: 5,
    min: 0.1,
    max: 3600,
    about: 'seconds between two tries to set a count whose new pods are available',
  }),
} as const;
