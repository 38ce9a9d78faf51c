import { controlStateSchema, type ControlState } from '#shared/contracts/loop.js';
import { parseContractText } from '#shared/contracts/parse-contract.js';
import { ServiceError } from '#shared/http/service-error.js';
import type { KubeClient } from '#shared/kube/kube-client.js';
import { isAlreadyExists, isNotFound, KubeError } from '#shared/kube/kube-error.js';
import { CONTROL_CONFIG_MAP } from '#shared/kube/names.js';
import { paths } from '#shared/kube/paths.js';
import type { ConfigMap } from '#shared/kube/wire.js';
import { errorText } from '#shared/observe/logger.js';
import type { ControlStore } from '../ports.js';

/** Keeps the control state in a ConfigMap, which is created with its namespace when it is needed first. */
export function createKubeControlStore(client: KubeClient, namespace: string): ControlStore {
  const { name, key } = CONTROL_CONFIG_MAP;
  const path = paths.configMaps(namespace, name);

  async function read(): Promise<ControlState> {
    let stored: ConfigMap;
    try {
      stored = await client.get<ConfigMap>(path);
    } catch (error) {
      if (isNotFound(error)) return controlStateSchema.parse({});
      throw unavailable(`ConfigMap ${namespace}/${name} cannot be read`, error);
    }
    try {
      return parseContractText(controlStateSchema, stored.data?.[key] ?? '{}', `ConfigMap ${namespace}/${name}, ${key}`).value;
    } catch (error) {
      throw unavailable('what was paused is not known; PUT /control writes it anew', error);
    }
  }

  async function write(state: ControlState): Promise<void> {
    const data = { [key]: JSON.stringify(state) };
    try {
      await replaceOrCreate(data);
    } catch (error) {
      throw unavailable(`ConfigMap ${namespace}/${name} cannot be written`, error);
    }
  }

  async function replaceOrCreate(data: Record<string, string>): Promise<void> {
    try {
      await client.patch(path, 'merge', { data });
      return;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
    await ensureNamespace();
    try {
      await client.create(paths.configMaps(namespace), configMap);
    } catch (error) {
      // Somebody created it between the two calls.
      if (!isAlreadyExists(error)) throw error;
      await client.patch(path, 'merge', { data });
    }
  }

  async function ensureNamespace(): Promise<void> {
    try {
      await client.get(paths.namespaces(namespace));
    } catch (error) {
      if (!isNotFound(error)) return; // Not allowed to look: the create of the ConfigMap will tell.
      await client
        .create(paths.namespaces(), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
        .catch((cause: unknown) => {
          if (!isAlreadyExists(cause)) throw cause;
        });
    }
  }

  return { read, write };
}

function unavailable(what: string, cause: unknown): ServiceError {
  const isForbidden = cause instanceof KubeError && (cause.status === 403 || cause.status === 401);
  const hint = isForbidden ? ' (the service account lacks the right)' : '';
  return new ServiceError('UNAVAILABLE', `${what}${hint}: ${errorText(cause)}`, { cause });
}
