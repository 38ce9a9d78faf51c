import { commonSettings, dataPathSetting } from '#shared/config/common-settings.js';
import { serviceAddresses } from '#shared/config/service-address.js';
import { booleanSetting, integerSetting, numberSetting, textSetting } from '#shared/config/settings.js';
import { isCronExpression } from './adapters/cron-timetable.js';

/** Settings of the controller. */
export const settings = {
  ...commonSettings,
  host: serviceAddresses.controllerHost,
  port: serviceAddresses.controllerPort,
  collectorHost: serviceAddresses.collectorHost,
  collectorPort: serviceAddresses.collectorPort,
  optimizerHost: serviceAddresses.optimizerHost,
  optimizerPort: serviceAddresses.optimizerPort,
  actuatorHost: serviceAddresses.actuatorHost,
  actuatorPort: serviceAddresses.actuatorPort,
  dataPath: dataPathSetting,
  periodSec: numberSetting({
    variable: 'INFERNO_CONTROL_PERIOD',
    argument: 0,
    default: 60,
    min: 0,
    max: 86_400,
    about: 'seconds between two cycles; 0: cycles run on demand only',
  }),
  dynamic: booleanSetting({
    variable: 'INFERNO_CONTROL_DYNAMIC',
    argument: 1,
    default: false,
    about: 'read all data files anew in every cycle, not the capacity alone',
  }),
  schedule: textSetting({
    variable: 'INFERNO_CONTROL_SCHEDULE',
    default: '',
    range: 'a cron expression of five or six fields ([second] minute hour day-of-month month day-of-week), or empty',
    about: 'times of the cycles, instead of a period',
    accepts: isCronExpression,
  }),
  cycleLog: textSetting({
    variable: 'INFERNO_CYCLE_LOG',
    default: '',
    range: 'path of a file, or empty for none',
    about: 'JSON lines, one record a cycle, appended',
  }),
  recommendOnly: booleanSetting({
    variable: 'INFERNO_RECOMMEND_ONLY',
    default: false,
    about: 'decide and publish inferno_desired_replicas, but change nothing',
  }),
  stabilizationCycles: integerSetting({
    variable: 'INFERNO_STABILIZATION_CYCLES',
    default: 2,
    min: 1,
    max: 1000,
    about:
      'cycles in a row, a period apart, for which a lower need must have held before a server gets fewer replicas; with more than 1 never less than the time that the rates are taken over',
  }),
  scaleDownMargin: numberSetting({
    variable: 'INFERNO_SCALE_DOWN_MARGIN',
    default: 0.1,
    min: 0,
    max: 1,
    about:
      'part by which the load may grow that fewer replicas, or another accelerator, must still carry; more where chance alone may have hidden more: 2/√n of n requests measured; 0: no room is kept',
  }),
  cooldownSec: numberSetting({
    variable: 'INFERNO_ACCELERATOR_COOLDOWN',
    default: 300,
    min: 0,
    max: 86_400,
    about: 'seconds between two changes of the accelerator, or of the max batch, of one server',
  }),
  batchHysteresis: numberSetting({
    variable: 'INFERNO_BATCH_HYSTERESIS',
    default: 0.5,
    min: 0,
    max: 100,
    about: 'part by which the max batch must be off before it alone is reason for a roll-out',
  }),
  startTimeoutSec: numberSetting({
    variable: 'INFERNO_START_TIMEOUT',
    default: 600,
    min: 1,
    max: 86_400,
    about:
      'seconds that a pod has to become ready; after them its server gets no more of that accelerator for a while, and if it found no node nobody gets more of that type',
  }),
  maxCostPerHr: numberSetting({
    variable: 'INFERNO_MAX_COST',
    default: 0,
    min: 0,
    max: 1e12,
    about: 'ceiling on the cost of all servers, cents/hr; 0: none',
  }),
  maxReplicaChanges: integerSetting({
    variable: 'INFERNO_MAX_REPLICA_CHANGES',
    default: 0,
    min: 0,
    max: 1_000_000,
    about: 'replicas that one cycle may add, remove or replace; 0: any number',
  }),
  queue: integerSetting({
    variable: 'INFERNO_CONTROL_QUEUE',
    default: 16,
    min: 1,
    max: 10_000,
    about: 'cycles on demand that may wait for the one that runs; one more is answered 503',
  }),
  history: integerSetting({
    variable: 'INFERNO_CONTROL_HISTORY',
    default: 200,
    min: 1,
    max: 100_000,
    about: 'finished cycles that /cycles remembers',
  }),
  collectTimeoutSec: timeoutSetting('INFERNO_COLLECT_TIMEOUT', 20, 'collector'),
  optimizeTimeoutSec: timeoutSetting('INFERNO_OPTIMIZE_TIMEOUT', 30, 'optimizer'),
  actuateTimeoutSec: timeoutSetting('INFERNO_ACTUATE_TIMEOUT', 30, 'actuator'),
} as const;

function timeoutSetting(variable: string, seconds: number, peer: string) {
  return numberSetting({
    variable,
    default: seconds,
    min: 0.01,
    max: 3600,
    about: `seconds that the ${peer} has for an answer`,
  });
}
