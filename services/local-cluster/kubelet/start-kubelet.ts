import { randomUUID } from 'node:crypto';
import { release } from 'node:os';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '#shared/clock/clock.js';
import type { AcceleratorData, CapacityData, ModelData } from '#shared/contracts/system-data.js';
import { createKubeClient } from '#shared/kube/kube-client.js';
import { paths } from '#shared/kube/paths.js';
import { createWatchCache } from '#shared/kube/watch-cache.js';
import type { Deployment, KubeObject, Pod, ReplicaSet } from '#shared/kube/wire.js';
import type { Logger } from '#shared/observe/logger.js';
import { startModelServer } from '../model-server/model-server.js';
import { createAddressBook } from './addresses/address-book.js';
import { createEventRecorder } from './events/event-recorder.js';
import { startLoadSharer } from './load/load-sharer.js';
import { createOwners } from './load/owners.js';
import { startLogServer } from './logs/log-server.js';
import { createLogStore } from './logs/log-store.js';
import { planNodes } from './nodes/node-layout.js';
import { registerNodes } from './nodes/node-registrar.js';
import { startPodManager, type PodManager } from './pods/pod-manager.js';
import { probeOnce } from './probes/probe-target.js';
import type { ContainerRuntime } from './runtime/container-runtime.js';
import { createSimulatedRuntime } from './runtime/simulated-runtime.js';

export interface KubeletOptions {
  kubeConfig: KubeConfig;
  clock: Clock;
  logger: Logger;
  accelerators: AcceleratorData;
  capacity: CapacityData;
  models: ModelData;
  /** Most nodes that the cards of one accelerator type are spread over; default 4. */
  nodesPerType?: number;
  /** What runs the containers; default: simulated model servers. */
  runtime?: ContainerRuntime;
}

export interface Kubelet {
  /** Names of the nodes that it runs. */
  nodeNames: ReadonlySet<string>;
  /** Ends all pods at once and leaves the API as it is: the next kubelet finds and restarts them. */
  stop(): Promise<void>;
}

const HOST_IP = '127.0.0.1';

/**
 * Registers the nodes that the data call for and runs the pods bound to them, over the Kubernetes API alone: an embedded API server or a
 * real one. Resolves when the nodes are registered and the pods known; waits for an API server that is away.
 * @throws ContractError for data that make no nodes; KubeError when the API server refuses the kubelet
 */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { kubeConfig, clock, logger, accelerators, capacity, models, nodesPerType } = options;
  const plans = planNodes({ accelerators, capacity, models, ...(nodesPerType === undefined ? {} : { nodesPerType }) });
  const knownTypes = new Set([...accelerators.accelerators, ...capacity.count].map(({ type }) => type));
  const client = createKubeClient(kubeConfig);
  const cache = <T extends KubeObject>(path: string) => createWatchCache<T>({ kubeConfig, client, path, clock, logger });
  const pods = cache<Pod>(paths.pods());
  const replicaSets = cache<ReplicaSet>(paths.replicaSets());
  const deployments = cache<Deployment>(paths.deployments());
  const caches = [pods, replicaSets, deployments];
  const logs = createLogStore(clock);
  const events = createEventRecorder(client, clock, logger);
  const owners = createOwners(client, { replicaSets, deployments });
  const addresses = await createAddressBook();

  let manager: PodManager | undefined;
  const findPod = (namespace: string, name: string): Pod | undefined => manager?.find(namespace, name);
  const logServer = await startLogServer({ logs, findPod, host: HOST_IP, clock, logger });
  const undo: (() => void | Promise<void>)[] = [() => logServer.close(), () => events.stop(), () => client.close()];
  const unwind = async (): Promise<void> => {
    for (const step of undo) await step();
  };
  try {
    const host = { ip: HOST_IP, kubeletPort: logServer.port, ...machine() };
    const nodes = await registerNodes({ client, clock, logger, plans, knownTypes, host });
    undo.unshift(() => nodes.stop());
    undo.unshift(() => caches.forEach((item) => item.stop()));
    await Promise.all(caches.map((item) => item.start()));

    const runtime = options.runtime ?? createSimulatedRuntime({ data: { accelerators, models }, clock, startModelServer });
    const services = { client, clock, logger, runtime, addresses, events, logs, owners, probe: probeOnce, hostIp: HOST_IP };
    const podManager = startPodManager({ services, pods, isOurNode: (name) => nodes.nodeNames.has(name) });
    manager = podManager;
    const sharer = startLoadSharer({
      pods,
      replicaSets,
      deployments,
      owners,
      clock,
      offer: (uid, load) => podManager.offerLoad(uid, load),
      onInvalid: ({ metadata }, problem) =>
        events.record({
          object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata },
          type: 'Warning',
          reason: 'InvalidLoad',
          message: `load labels not understood, load left as it was: ${problem}`,
        }),
    });
    undo.unshift(() => podManager.stop());
    undo.unshift(() => sharer.stop());
    return { nodeNames: nodes.nodeNames, stop: unwind };
  } catch (error) {
    await unwind();
    throw error;
  }
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

function machine() {
  return {
    arch: ARCHITECTURES[process.arch] ?? process.arch,
    os: 'linux',
    kernelVersion: release(),
    bootId: randomUUID(),
  };
}
