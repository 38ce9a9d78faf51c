import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { expect } from 'chai';
import { realClock } from '#shared/clock/real-clock.js';
import { createKubeClient, type KubeClient } from '#shared/kube/kube-client.js';
import { paths } from '#shared/kube/paths.js';
import type { Deployment, KubeList, Pod } from '#shared/kube/wire.js';
import { silentLogger } from '#shared/observe/logger.js';
import { freePorts } from '#shared/testing/free-ports.js';
import { startApiServer, type ApiServer } from '../../api/api-server.js';
import { controllerOf } from '../machinery/owner.js';
import { nameOf, uidOf } from '../machinery/object-feed.js';
import { startControllers } from '../start-controllers.js';
import { deploymentOf, NAMESPACE, nodeOf, template } from './support/objects.js';
import { type PodPlayer, startPodPlayer } from './support/pod-player.js';

const HOUR_MS = 3_600_000;

describe('controllers on the embedded API server', function () {
  this.timeout(300_000);

  let dataDir: string;
  let api: ApiServer;
  let kubeConfig: KubeConfig;
  let client: KubeClient;
  let player: PodPlayer;
  let controllers: { stop(): Promise<void> } | undefined;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'inferno-controllers-'));
    // Not any port: what tries to reach the server while it is away must not be given this one for its own end of a connection.
    const [port = 0] = await freePorts(1);
    api = await startApiServer({ dataDir, port });
    kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(api.kubeconfigPath);
    client = createKubeClient(kubeConfig);
    player = await startPodPlayer(kubeConfig, client);
    await client.create(paths.namespaces(), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
    for (const name of ['n1', 'n2']) await client.create(paths.nodes(), readyNode(name));
  });

  afterEach(async () => {
    await controllers?.stop();
    controllers = undefined;
    await player.stop();
    client.close();
    await api.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  function readyNode(name: string) {
    const { status } = nodeOf(name, { cpu: '512', memory: '2Ti', pods: '1000' });
    const conditions = [{ type: 'Ready', status: 'True' }];
    return { apiVersion: 'v1', kind: 'Node', metadata: { name }, status: { ...status, conditions } };
  }

  async function startOurs(): Promise<void> {
    controllers = await startControllers({ kubeConfig, clock: realClock, logger: silentLogger, nodeGraceMs: HOUR_MS });
  }

  async function stopOurs(): Promise<void> {
    await controllers?.stop();
    controllers = undefined;
  }

  async function deploy(name: string, replicas: number): Promise<void> {
    const { spec } = deploymentOf({ replicas });
    const labels = { app: name };
    const body = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: { ...spec, selector: { matchLabels: labels }, template: { ...template(), metadata: { labels } } },
    };
    await client.create(paths.deployments(NAMESPACE), body);
  }

  async function change(name: string, spec: unknown): Promise<void> {
    await client.patch(paths.deployments(NAMESPACE, name), 'strategic', { spec });
  }

  const deployments = async () => (await client.get<KubeList<Deployment>>(paths.deployments(NAMESPACE))).items;
  const pods = async () => (await client.get<KubeList<Pod>>(paths.pods(NAMESPACE))).items;

  async function settled(): Promise<void> {
    await eventually(async () => {
      for (const { metadata, spec, status } of await deployments()) {
        expect(status).to.deep.include({ observedGeneration: metadata?.generation });
        const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status ?? {};
        const wanted = spec?.replicas;
        expect({ replicas, updatedReplicas, availableReplicas }).to.deep.equal({
          replicas: wanted,
          updatedReplicas: wanted,
          availableReplicas: wanted,
        });
      }
    });
  }

  /** Every pod that ever was from now on, by name. */
  function everSeen(): Set<string> {
    const names = new Set(player.pods.list().map(nameOf));
    player.pods.onChange((_type, pod) => names.add(nameOf(pod)));
    return names;
  }

  it('bring many deployments to their size with exactly as many pods as wanted, spread over the nodes', async () => {
    const seen = everSeen();
    await startOurs();
    await Promise.all(Array.from({ length: 30 }, (_, at) => deploy(`web-${at}`, 10)));
    await settled();
    expect(seen.size).to.equal(300);
    const onFirst = (await pods()).filter(({ spec }) => spec?.nodeName === 'n1').length;
    expect(onFirst).to.be.within(140, 160);
    await Promise.all(Array.from({ length: 30 }, (_, at) => change(`web-${at}`, { replicas: 4 })));
    await settled();
    await eventually(async () => expect(await pods()).to.have.length(120));
    expect(seen.size).to.equal(300);
  });

  it('that are stopped in the middle of rollouts and started again lose nothing and make nothing twice', async () => {
    await startOurs();
    await Promise.all(['a', 'b', 'c'].map((name) => deploy(name, 6)));
    await settled();
    const seen = everSeen();
    const fewest = new Map<string, number>();
    player.pods.onChange(() => {
      for (const name of ['a', 'b', 'c']) fewest.set(name, Math.min(fewest.get(name) ?? Infinity, serving(name)));
    });
    await Promise.all(['a', 'b', 'c'].map((name) => change(name, { template: { spec: { terminationGracePeriodSeconds: 7 } } })));
    for (let times = 0; times < 3; times += 1) {
      const before = seen.size;
      // All there will be may have come before we look.
      await eventually(() => expect(seen.size).to.be.greaterThan(Math.min(before, 35)));
      await stopOurs();
      await startOurs();
    }
    await settled();
    await eventually(async () => expect(await pods()).to.have.length(18));
    // 18 old pods and 18 new ones.
    expect(seen.size).to.equal(36);
    expect([...fewest.values()]).to.deep.equal([6, 6, 6]);
  });

  function serving(name: string): number {
    return player.pods
      .list()
      .filter(({ metadata }) => metadata?.labels?.['app'] === name && metadata.deletionTimestamp === undefined)
      .filter(({ status }) => status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True')).length;
  }

  it('go on when the API server was away', async () => {
    await startOurs();
    await deploy('a', 2);
    await settled();
    const { port } = api;
    await api.close();
    api = await startApiServer({ dataDir, port });
    // Connections of before are found to be closed only when used.
    await eventually(() => change('a', { replicas: 5 }));
    await settled();
    expect(await pods()).to.have.length(5);
  });

  it('hold pods back while there is no room, say why, and place them when there is', async () => {
    await startOurs();
    await deploy('a', 3);
    await change('a', {
      template: { spec: { containers: [{ name: 'server', resources: { limits: { 'inferno.io/A100': '1' } } }] } },
    });
    const pending = await eventually(async () => {
      const found = (await pods()).filter(({ spec }) => spec?.nodeName === undefined);
      expect(found[0]?.status?.conditions?.[0]).to.include({
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message: '0/2 nodes are available: 2 Insufficient inferno.io/A100.',
      });
      return found;
    });
    expect(controllerOf(pending[0]!)?.kind).to.equal('ReplicaSet');
    const resources = { 'inferno.io/A100': '4' };
    await client.patch(paths.nodes('n1', 'status'), 'strategic', { status: { capacity: resources, allocatable: resources } });
    await settled();
    // Those of the first template, on any node, may still be on their way out.
    await eventually(async () =>
      expect(new Set((await pods()).map(({ spec }) => spec?.nodeName))).to.deep.equal(new Set(['n1'])),
    );
  });

  it('take everything along that a deleted deployment or namespace had', async () => {
    await startOurs();
    await deploy('a', 2);
    await deploy('b', 2);
    await settled();
    await client.delete(paths.deployments(NAMESPACE, 'a'));
    await eventually(async () => {
      expect((await pods()).map(({ metadata }) => metadata?.labels?.['app'])).to.deep.equal(['b', 'b']);
    });
    await client.delete(paths.namespaces(NAMESPACE));
    await eventually(async () => {
      const { items } = await client.get<KubeList<Pod>>(paths.namespaces());
      expect(items.map(nameOf)).to.not.include(NAMESPACE);
    });
    await eventually(() => expect(player.pods.list().map(uidOf)).to.deep.equal([]));
  });
});

/** Repeats a check until it holds; after 90 s, as 300 pods are much for a machine that is busy, its last failure is thrown. */
async function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  const deadlineMs = realClock.now() + 90_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (realClock.now() > deadlineMs) throw error;
    }
    await new Promise<void>((resolve) => {
      realClock.schedule(25, resolve);
    });
  }
}
