import { portSetting, textSetting } from './settings.js';

const HOST_RANGE = 'a host name or address';

/** Where a service listens, or where its peers find it: the same pair of variables serves both. */
export function hostSetting(variable: string, about: string) {
  return textSetting({ variable, default: '127.0.0.1', range: HOST_RANGE, about, accepts: (text) => /^[\w.:[\]-]+$/.test(text) });
}

export const serviceAddresses = {
  controllerHost: hostSetting('CONTROLLER_HOST', 'address of the controller'),
  controllerPort: portSetting({ variable: 'CONTROLLER_PORT', default: 3300, about: 'port of the controller' }),
  collectorHost: hostSetting('COLLECTOR_HOST', 'address of the collector'),
  collectorPort: portSetting({ variable: 'COLLECTOR_PORT', default: 3301, about: 'port of the collector' }),
  optimizerHost: hostSetting('INFERNO_HOST', 'address of the optimizer'),
  optimizerPort: portSetting({ variable: 'INFERNO_PORT', default: 3302, about: 'port of the optimizer' }),
  actuatorHost: hostSetting('ACTUATOR_HOST', 'address of the actuator'),
  actuatorPort: portSetting({ variable: 'ACTUATOR_PORT', default: 3303, about: 'port of the actuator' }),
} as const;
