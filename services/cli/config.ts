import { commonSettings, dataPathSetting } from '#shared/config/common-settings.js';
import { serviceAddresses } from '#shared/config/service-address.js';
import { booleanSetting, choiceSetting, portSetting, type SettingValues, textSetting } from '#shared/config/settings.js';

/** Settings of `npm start`, which passes on those that are a service's own. */
export const settings = {
  ...serviceAddresses,
  logLevel: commonSettings.logLevel,
  dataPath: dataPathSetting,
  localClusterPort: portSetting({ variable: 'LOCAL_CLUSTER_PORT', default: 3320, about: 'port of the embedded cluster' }),
  localClusterDir: textSetting({
    variable: 'LOCAL_CLUSTER_DIR',
    argument: '--data-dir',
    default: '.local-cluster',
    range: 'path of a folder',
    about: 'where the embedded cluster keeps its state, kubeconfig and logs',
  }),
  workload: textSetting({
    variable: 'INFERNO_WORKLOAD',
    argument: '--workload',
    default: 'yamls/workload',
    range: 'path of a folder of manifests',
    about: 'what is created on the embedded cluster where it is absent',
  }),
  fresh: booleanSetting({
    variable: 'INFERNO_START_FRESH',
    argument: '--fresh',
    default: false,
    about: 'forget the cluster of the last time',
  }),
  emulator: booleanSetting({
    variable: 'INFERNO_START_EMULATOR',
    argument: '--emulator',
    default: true,
    about: 'whether the load changes by itself',
  }),
  view: choiceSetting({
    variable: 'INFERNO_VIEW',
    argument: '--view',
    choices: ['auto', 'live', 'plain'],
    default: 'auto',
    about: 'live redraws the terminal, plain prints lines; auto is live on a terminal',
  }),
} as const;

export type StartConfig = SettingValues<typeof settings>;
