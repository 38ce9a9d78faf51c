import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '#shared/clock/clock.js';
import { realClock } from '#shared/clock/real-clock.js';
import { loadDataFiles } from '#shared/contracts/load-data-files.js';
import { loadKubeConfig } from '#shared/kube/load-kube-config.js';
import { silentLogger, type Logger } from '#shared/observe/logger.js';
import { startApiServer } from './api/api-server.js';
import { startControllers } from './controllers/start-controllers.js';
import { startKubelet } from './kubelet/start-kubelet.js';

export const rooms = ['api', 'controllers', 'kubelet'] as const;
export type Room = (typeof rooms)[number];

export interface LocalClusterOptions {
  /** Where the cluster lives. Not used without the api room. */
  dataDir: string;
  /** 0, the default, takes a free one. */
  port?: number;
  fresh?: boolean;
  /** All of them by default. */
  rooms?: ReadonlySet<Room>;
  /** The cluster to work on without the api room: a kubeconfig, or '' for the usual places. */
  kubeconfig?: string;
  /** Folder of the accelerator, capacity and model data from which the kubelet makes its nodes. Needed with the kubelet room. */
  dataPath?: string;
  logger?: Logger;
  clock?: Clock;
}

export interface LocalCluster {
  /** Address of the Kubernetes API. */
  url: string;
  /** '' where the usual places were asked. */
  kubeconfigPath: string;
  /** Stops the rooms, the API last. */
  close(): Promise<void>;
}

/**
 * Starts the embedded cluster, or some of its rooms. The rooms talk through the Kubernetes API alone, so controllers and kubelet
 * serve another cluster just as well.
 * @throws ContractError for bad data files; ServiceError when a port or the data folder is taken, or no API is found
 */
export async function startLocalCluster(options: LocalClusterOptions): Promise<LocalCluster> {
  const { rooms: wanted = new Set(rooms), logger = silentLogger, clock = realClock, dataPath = '' } = options;
  // Data first: bad input ends the start before anything runs.
  const nodes = wanted.has('kubelet') ? await loadNodeData(dataPath, logger) : undefined;
  const undo: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const stop of undo.splice(0).reverse()) await stop();
  };
  try {
    const access = await openApi(options, wanted, { logger, clock }, undo);
    const { kubeConfig } = access;
    if (wanted.has('controllers')) {
      const controllers = await startControllers({ kubeConfig, clock, logger });
      undo.push(() => controllers.stop());
    }
    if (nodes !== undefined) {
      const kubelet = await startKubelet({ kubeConfig, clock, logger, ...nodes });
      undo.push(() => kubelet.stop());
    }
    return { url: access.url, kubeconfigPath: access.kubeconfigPath, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Access {
  url: string;
  kubeconfigPath: string;
  kubeConfig: KubeConfig;
}

async function openApi(
  { dataDir, port = 0, fresh = false, kubeconfig = '' }: LocalClusterOptions,
  wanted: ReadonlySet<Room>,
  { logger, clock }: { logger: Logger; clock: Clock },
  undo: (() => Promise<void>)[],
): Promise<Access> {
  if (!wanted.has('api')) {
    const kubeConfig = loadKubeConfig(kubeconfig);
    return { url: kubeConfig.getCurrentCluster()?.server ?? '', kubeconfigPath: kubeconfig, kubeConfig };
  }
  const api = await startApiServer({ dataDir, port, fresh, logger, clock });
  undo.push(() => api.close());
  return { url: api.url, kubeconfigPath: api.kubeconfigPath, kubeConfig: loadKubeConfig(api.kubeconfigPath) };
}

async function loadNodeData(folder: string, logger: Logger) {
  const { value, warnings } = await loadDataFiles(folder, ['acceleratorData', 'capacityData', 'modelData']);
  for (const warning of warnings) logger.warn(warning);
  return { accelerators: value.acceleratorData, capacity: value.capacityData, models: value.modelData };
}
