import { commonSettings, kubeconfigSetting, watchNamespaceSetting } from '#shared/config/common-settings.js';
import { numberSetting, textSetting } from '#shared/config/settings.js';

const { logLevel, logFormat } = commonSettings;

/** Settings of the load emulator. */
export const settings = {
  logLevel,
  logFormat,
  kubeconfig: kubeconfigSetting,
  watchNamespace: watchNamespaceSetting,
  intervalSec: numberSetting({
    variable: 'INFERNO_LOAD_INTERVAL',
    argument: 0,
    default: 60,
    min: 0.1,
    max: 86_400,
    about: 'seconds between two steps of the load',
  }),
  alpha: numberSetting({
    variable: 'INFERNO_LOAD_ALPHA',
    argument: 1,
    default: 0.5,
    min: 0,
    max: 1,
    exclusive: true,
    about: 'standard deviation of a step, over the original (or nominal) load',
  }),
  theta: numberSetting({
    variable: 'INFERNO_LOAD_THETA',
    default: 0.2,
    min: 0,
    max: 1,
    about: 'part of the way back to the nominal load that a step takes, where nominal labels name one',
  }),
  seed: textSetting({
    variable: 'INFERNO_LOAD_SEED',
    default: '',
    range: 'any text; empty: another one at each start',
    about: 'makes the steps repeatable',
  }),
} as const;
