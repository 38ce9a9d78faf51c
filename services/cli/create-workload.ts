import { kubeconfigSetting } from '#shared/config/common-settings.js';
import type { SettingValues } from '#shared/config/settings.js';
import { createKubeClient } from '#shared/kube/kube-client.js';
import { loadKubeConfig } from '#shared/kube/load-kube-config.js';
import { createAbsent, readManifests } from './adapters/create-absent.js';
import { settings } from './config.js';

export const createSettings = { kubeconfig: kubeconfigSetting, workload: settings.workload } as const;

/**
 * Creates what a folder of manifests names and the cluster does not have, as `npm start` does.
 * @returns one line: what was created
 */
export async function createWorkload(config: SettingValues<typeof createSettings>, signal: AbortSignal): Promise<string> {
  const objects = await readManifests(config.workload);
  const client = createKubeClient(loadKubeConfig(config.kubeconfig));
  try {
    const created = await createAbsent(client, objects, signal);
    return created.length === 0 ? 'all is there already' : `created ${created.join(', ')}`;
  } finally {
    client.close();
  }
}
