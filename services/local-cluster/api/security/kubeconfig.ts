import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

const NAME = 'inferno-local';

/** Writes the kubeconfig of the cluster, readable by its owner alone, in one step. @returns its path */
export function writeKubeconfig(dataDir: string, access: { url: string; caCert: string; token: string }): string {
  const path = join(dataDir, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: NAME,
        cluster: { server: access.url, 'certificate-authority-data': Buffer.from(access.caCert).toString('base64') },
      },
    ],
    users: [{ name: NAME, user: { token: access.token } }],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME, namespace: 'default' } }],
    'current-context': NAME,
  };
  writeFileSync(`${path}.tmp`, stringify(config), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
  return path;
}
