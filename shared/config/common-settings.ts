import { choiceSetting, textSetting } from './settings.js';

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;

/** Settings that every service has. */
export const commonSettings = {
  logLevel: choiceSetting({
    variable: 'LOG_LEVEL',
    choices: logLevels,
    default: 'info',
    about: 'least severe level that is logged',
  }),
  logFormat: choiceSetting({
    variable: 'LOG_FORMAT',
    choices: ['text', 'json'],
    default: 'text',
    about: 'log lines for people, or JSON for a log store',
  }),
  apiToken: textSetting({
    variable: 'INFERNO_API_TOKEN',
    default: '',
    range: 'a secret, or empty for none',
    about: 'bearer token of the endpoints that change something; without one they serve callers on loopback only',
  }),
} as const;

function isNamespaceName(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}

export const watchNamespaceSetting = textSetting({
  variable: 'WATCH_NAMESPACE',
  default: '',
  range: 'name of a namespace, or empty for all',
  about: 'namespace whose managed Deployments are handled',
  accepts: isNamespaceName,
});

export const loopNamespaceSetting = textSetting({
  variable: 'INFERNO_NAMESPACE',
  default: 'inferno',
  range: 'name of a namespace',
  about: 'namespace of the loop itself: there it keeps what was paused by hand',
  accepts: isNamespaceName,
});

export const kubeconfigSetting = textSetting({
  variable: 'KUBECONFIG',
  default: '',
  range: 'path of a kubeconfig file; empty: $HOME/.kube/config, then in-cluster',
  about: 'how to reach the Kubernetes API',
});

export const dataPathSetting = textSetting({
  variable: 'INFERNO_DATA_PATH',
  default: 'sample-data/small',
  range: 'path of a folder',
  about: 'folder of accelerator-data.json, capacity-data.json, model-data.json, serviceclass-data.json, optimizer-data.json',
});
