import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { ServiceError } from '#shared/http/service-error.js';
import { errorText } from '#shared/observe/logger.js';

const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * How to reach the Kubernetes API: the given file (`KUBECONFIG`), then `$HOME/.kube/config`, then the pod's own account.
 * @param podRoot folder in which the files of the pod's account stand as under `/` in a pod
 * @throws ServiceError UNAVAILABLE naming what was tried
 */
export function loadKubeConfig(kubeconfigPath: string, podRoot = ''): KubeConfig {
  const config = new KubeConfig();
  const homeConfig = join(homedir(), '.kube', 'config');
  const path = kubeconfigPath === '' && existsSync(homeConfig) ? homeConfig : kubeconfigPath;
  try {
    if (path === '') loadPodAccount(config, podRoot);
    // The library takes an empty document apart before it looks whether there is one.
    else if (readFileSync(path, 'utf8').trim() === '') throw new Error('the file is empty');
    else config.loadFromFile(path);
  } catch (cause) {
    const tried = path === '' ? `KUBECONFIG is not set, ${homeConfig} does not exist, and this is no pod` : `kubeconfig ${path}`;
    throw new ServiceError('UNAVAILABLE', `no Kubernetes API: ${tried}: ${errorText(cause)}`, { cause });
  }
  if (config.getCurrentCluster() === null) {
    throw new ServiceError(
      'UNAVAILABLE',
      `no Kubernetes API: ${path === '' ? 'the pod account' : `kubeconfig ${path}`} names no current cluster`,
    );
  }
  return config;
}

/** The library takes a pod for granted: elsewhere it would leave us with a server named `undefined`, and files that are not there. */
function loadPodAccount(config: KubeConfig, podRoot: string): void {
  config.loadFromCluster(podRoot);
  if (config.getCurrentCluster()?.server.includes('undefined') !== false) throw new Error('KUBERNETES_SERVICE_HOST is not set');
  for (const file of ['token', 'ca.crt'].map((name) => `${podRoot}${ACCOUNT_FOLDER}/${name}`)) {
    if (!existsSync(file)) throw new Error(`no ${file} (automountServiceAccountToken?)`);
  }
}
