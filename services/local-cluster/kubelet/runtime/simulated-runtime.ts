import type { Clock } from '#shared/clock/clock.js';
import { kvCapacityTokens } from '../../engine/kv-capacity.js';
import type { ContainerRuntime } from './container-runtime.js';
import { startIdleContainer } from './idle-container.js';
import { startModelServerContainer, type StartModelServer } from './model-server-container.js';
import { isModelServer, modelServerParameters, type ModelServerData } from './model-server-parameters.js';

export interface SimulatedRuntimeOptions {
  data: ModelServerData;
  clock: Clock;
  startModelServer: StartModelServer;
}

/** Runs model servers as simulated ones, each listening at its pod's address; any other container runs and does nothing. */
export function createSimulatedRuntime({ data, clock, startModelServer }: SimulatedRuntimeOptions): ContainerRuntime {
  return {
    name: 'simulated',
    start: async ({ pod, container, deployment, address, log }) => {
      if (!isModelServer(pod, container)) return startIdleContainer();
      const parameters = modelServerParameters(pod, container, deployment, data);
      const { perf, port, maxBatch, memSizeGb, avgInTokens, avgOutTokens } = parameters;
      return startModelServerContainer(startModelServer, clock, {
        parameters,
        ip: address.ip,
        port: address.portOf(port),
        kvCapacityTokens: kvCapacityTokens({
          memSizeGb,
          maxBatchSize: perf.maxBatchSize,
          atTokens: perf.atTokens,
          maxBatch,
          avgInTokens,
          avgOutTokens,
        }),
        log,
      });
    },
  };
}
