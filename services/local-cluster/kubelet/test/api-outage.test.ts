import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import axios from 'axios';
import { expect } from 'chai';
import { realClock } from '#shared/clock/real-clock.js';
import { isNotFound } from '#shared/kube/kube-error.js';
import { paths } from '#shared/kube/paths.js';
import { silentLogger } from '#shared/observe/logger.js';
import { freePorts } from '#shared/testing/free-ports.js';
import { startApiServer, type ApiServer } from '../../api/api-server.js';
import { startControllers } from '../../controllers/start-controllers.js';
import { eventually } from '../../test/conformance/support/eventually.js';
import type { Kubelet } from '../start-kubelet.js';
import { conditionOf, KubeletBench } from './support/kubelet-bench.js';

describe('kubelet while the API server is away', function () {
  this.timeout(180_000);
  let dataDir: string;
  let api: ApiServer;
  let controllers: { stop(): Promise<void> };
  let bench: KubeletBench;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'inferno-kubelet-'));
    // Not any port: what tries to reach the server while it is away must not be given this one for its own end of a connection.
    const [port = 0] = await freePorts(1);
    api = await startApiServer({ dataDir, port });
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(api.kubeconfigPath);
    controllers = await startControllers({ kubeConfig, clock: realClock, logger: silentLogger });
    bench = new KubeletBench(api.kubeconfigPath);
  });

  afterEach(async () => {
    await bench.stop();
    await controllers.stop();
    await api.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function restartApi(): Promise<void> {
    const { port } = api;
    await api.close();
    api = await startApiServer({ dataDir, port });
  }

  it('keeps its servers running, and afterwards goes on with what changed', async () => {
    await bench.startKubelet();
    const namespace = await bench.namespace();
    await bench.createDeployment(namespace, { replicas: 2 });
    const [kept, deleted] = await eventually(() => bench.readyPods(namespace, 2));
    const health = (pod = kept) => axios.get(`http://${pod?.status?.podIP ?? ''}:8000/health`).then(({ status }) => status);
    const { port } = api;
    await api.close();
    expect(await health()).to.equal(200);
    api = await startApiServer({ dataDir, port });
    await bench.client.delete(paths.pods(namespace, deleted?.metadata?.name ?? ''), { gracePeriodSeconds: 0 });
    await eventually(async () => {
      const refused = await health(deleted).catch((error: unknown) => String(error));
      expect(refused).to.contain('ECONNREFUSED');
    });
    const ready = await eventually(() => bench.readyPods(namespace, 2));
    const survivor = ready.find(({ metadata }) => metadata?.uid === kept?.metadata?.uid);
    expect(survivor?.status?.containerStatuses?.[0]?.restartCount).to.equal(0);
    expect(await health()).to.equal(200);
  });

  it('finishes a deletion that was under way when the API server went', async () => {
    await bench.startKubelet();
    const namespace = await bench.namespace();
    const lifecycle = { preStop: { sleep: { seconds: 10 } } };
    await bench.createPod(namespace, 'p', { containers: [{ name: 'idle', image: 'registry.example/idle:1', lifecycle }] });
    await eventually(async () => expect(conditionOf(await bench.pod(namespace, 'p'), 'Ready')).to.equal('True'));
    await bench.client.delete(paths.pods(namespace, 'p'));
    await restartApi();
    await eventually(async () => {
      const error = await bench.pod(namespace, 'p').catch((cause: unknown) => cause);
      expect(isNotFound(error)).to.equal(true);
    });
  });

  it('waits for an API server that is not there yet', async () => {
    const { port } = api;
    await controllers.stop();
    await api.close();
    let started: Promise<Kubelet> | undefined;
    const warning = await new Promise<string>((resolve) => {
      started = bench.startKubelet({ logger: { ...silentLogger, warn: resolve } });
    });
    expect(warning).to.equal('API server not ready for the nodes yet');
    api = await startApiServer({ dataDir, port });
    expect([...((await started)?.nodeNames ?? [])]).to.include('a100-0');
  });
});
