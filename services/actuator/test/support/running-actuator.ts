import axios, { type AxiosResponse } from 'axios';
import { realClock } from '#shared/clock/real-clock.js';
import type { UpdateResponse, UpdateResult } from '#shared/contracts/loop.js';
import { listen } from '#shared/http/listen.js';
import type { Deployment } from '#shared/kube/wire.js';
import { silentLogger } from '#shared/observe/logger.js';
import { createMetrics } from '#shared/observe/metrics.js';
import type { FakeKubeApi } from '#shared/testing/fake-kube-api.js';
import { until } from '#shared/testing/until.js';
import { startActuator, type ActuatorOptions } from '../../actuator.js';
import type { AllocationTarget } from '../../core/plan-patch.js';
import { placements, rolledOut } from './builders.js';

export interface RunningActuator {
  url: string;
  stop(): Promise<void>;
}

export async function runActuator(api: FakeKubeApi, overrides: Partial<ActuatorOptions> = {}): Promise<RunningActuator> {
  const actuator = startActuator({
    kubeConfig: api.kubeConfig(),
    clock: realClock,
    logger: silentLogger,
    registry: createMetrics('actuator'),
    apiToken: '',
    watchNamespace: '',
    namespace: 'inferno',
    concurrency: 4,
    retrySec: 0.1,
    drainTimeoutSec: 300,
    ...overrides,
  });
  const listening = await listen(actuator.app, { host: '127.0.0.1', port: 0, portVariable: 'ACTUATOR_PORT' });
  return {
    url: listening.url,
    stop: async () => {
      await listening.close(0);
      await actuator.stop();
    },
  };
}

/** Whatever the status, the answer. */
export function call(
  method: string,
  url: string,
  data?: unknown,
  headers: Record<string, string> = {},
): Promise<AxiosResponse<unknown>> {
  return axios.request<unknown>({ method, url, data, headers, validateStatus: () => true });
}

/** `POST /update` of some Deployments to their targets. */
export async function update(
  { url }: RunningActuator,
  targets: readonly (readonly [Deployment, AllocationTarget])[],
): Promise<Record<string, UpdateResult>> {
  const named = targets.map(([{ metadata }, target]) => ({ server: `server-${metadata!.name!}`, metadata: metadata!, target }));
  const { status, data } = await call('POST', `${url}/update`, {
    allocations: Object.fromEntries(named.map(({ server, target }) => [server, target])),
    'kube-resources': Object.fromEntries(
      named.map(({ server, metadata }) => [server, { uid: metadata.uid, name: metadata.name, space: metadata.namespace }]),
    ),
    accelerators: placements,
  });
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(data)}`);
  return (data as UpdateResponse).results;
}

const place = (name: string) => ({ prefix: '/apis/apps/v1', resource: 'deployments', namespace: 'infer', name });

export function putDeployment(api: FakeKubeApi, one: Deployment): Deployment {
  return api.objects.put(place(one.metadata!.name!), one);
}

export function getDeployment(api: FakeKubeApi, name: string): Deployment {
  const found = api.objects.get(place(name));
  if (found === undefined) throw new Error(`no Deployment ${name}`);
  return found as Deployment;
}

export function deleteDeployment(api: FakeKubeApi, name: string): void {
  api.objects.delete(place(name));
}

/** The Deployment controller's word that all pods are new and available. */
export function finishRollOut(api: FakeKubeApi, name: string): void {
  putDeployment(api, rolledOut(getDeployment(api, name)));
}

export function replicasReach(api: FakeKubeApi, name: string, replicas: number): Promise<void> {
  return until(() => getDeployment(api, name).spec?.replicas === replicas);
}
