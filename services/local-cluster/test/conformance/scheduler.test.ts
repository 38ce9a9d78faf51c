import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { V1Node, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { expect } from 'chai';
import { eventually } from './support/eventually.js';
import { pod } from './support/manifests.js';
import { onEachTarget } from './support/on-each-target.js';

onEachTarget('the scheduler', (cluster) => {
  let nodes: V1Node[] = [];
  let pool = 0;

  /** A node of a pool of its own, so that no pod of another case wanders onto it. */
  async function node(name: string, capacity: Record<string, string>, labels: Record<string, string> = {}): Promise<V1Node> {
    const created = await cluster().node(
      `${name}-${pool}`,
      { cpu: '8', memory: '16Gi', ...capacity },
      { pool: String(pool), ...labels },
    );
    nodes.push(created);
    await cluster().schedulerKnowsNodes();
    return created;
  }

  const inPool = (spec: Partial<V1PodSpec> = {}): Partial<V1PodSpec> => ({
    ...spec,
    nodeSelector: { pool: String(pool), ...spec.nodeSelector },
  });

  const wanting = (requests: Record<string, string>, spec: Partial<V1PodSpec> = {}): Partial<V1PodSpec> =>
    inPool({ ...spec, containers: [{ name: 'server', image: 'server:1', resources: { requests, limits: requests } }] });

  const create = (namespace: string, name: string, spec: Partial<V1PodSpec>) =>
    cluster().core.createNamespacedPod({ namespace, body: pod(name, spec) });

  const scheduled = (namespace: string, name: string): Promise<V1Pod> =>
    eventually(async () => {
      const read = await cluster().core.readNamespacedPod({ namespace, name });
      expect(read.spec?.nodeName, JSON.stringify(read.status)).to.be.a('string');
      return read;
    });

  const unschedulable = (namespace: string, name: string): Promise<string> =>
    eventually(async () => {
      const { spec, status } = await cluster().core.readNamespacedPod({ namespace, name });
      const condition = status?.conditions?.find(({ type }) => type === 'PodScheduled');
      expect(condition).to.include({ status: 'False', reason: 'Unschedulable' });
      expect({ phase: status?.phase, nodeName: spec?.nodeName }).to.deep.equal({ phase: 'Pending', nodeName: undefined });
      return condition!.message!;
    });

  /** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't match ...` as counts by reason, without what is said on preemption. */
  function parse(message: string): { readonly total: number; readonly reasons: readonly string[] } {
    const match = /^0\/(\d+) nodes are available: (.*?)\.(?: |$)/.exec(message);
    expect(match, message).to.not.equal(null);
    return { total: Number(match![1]), reasons: match![2]!.split(', ').sort() };
  }

  async function expectReasons(namespace: string, name: string, reasonsInPool: readonly string[]): Promise<void> {
    const { items } = await cluster().core.listNode();
    const others = items.length - nodes.length;
    const elsewhere = `${others} node(s) didn't match Pod's node affinity/selector`;
    await eventually(async () => {
      expect(parse(await unschedulable(namespace, name))).to.deep.equal({
        total: items.length,
        reasons: [...reasonsInPool, elsewhere].sort(),
      });
    });
  }

  beforeEach(() => {
    pool += 1;
    nodes = [];
  });

  afterEach(async () => {
    for (const { metadata } of nodes) await cluster().core.deleteNode({ name: metadata!.name! });
    // The next case counts the nodes that there are.
    await cluster().schedulerKnowsNodes();
  });

  it('puts a pod on a node, says so in its conditions and in an event', async () => {
    const namespace = await cluster().namespace();
    const only = await node('only', {});
    await create(namespace, 'a', inPool());
    const { spec, status, metadata } = await scheduled(namespace, 'a');
    expect(spec?.nodeName).to.equal(only.metadata?.name);
    expect(status?.conditions?.find(({ type }) => type === 'PodScheduled')?.status).to.equal('True');
    const event = await eventually(async () => {
      const { items } = await cluster().core.listNamespacedEvent({ namespace });
      const found = items.find(({ reason, involvedObject }) => reason === 'Scheduled' && involvedObject.name === 'a');
      expect(found).to.not.equal(undefined);
      return found!;
    });
    expect(event).to.include({ type: 'Normal', message: `Successfully assigned ${namespace}/a to ${only.metadata!.name!}` });
    expect(event.involvedObject).to.include({ kind: 'Pod', uid: metadata!.uid! });
  });

  it('chooses only nodes that carry every label of the node selector', async () => {
    const namespace = await cluster().namespace();
    await node('a100', {}, { accelerator: 'A100', zone: 'one' });
    const wanted = await node('h100', {}, { accelerator: 'H100', zone: 'one' });
    for (const name of ['a', 'b', 'c'])
      await create(namespace, name, inPool({ nodeSelector: { accelerator: 'H100', zone: 'one' } }));
    for (const name of ['a', 'b', 'c']) expect((await scheduled(namespace, name)).spec?.nodeName).to.equal(wanted.metadata?.name);
    await create(namespace, 'none', inPool({ nodeSelector: { accelerator: 'H100', zone: 'two' } }));
    const { total, reasons } = parse(await unschedulable(namespace, 'none'));
    expect(reasons).to.deep.equal([`${total} node(s) didn't match Pod's node affinity/selector`]);
  });

  for (const [resource, capacity, each] of [
    ['cpu', '2', '1'],
    ['memory', '2Gi', '1Gi'],
    ['nvidia.com/gpu', '2', '1'],
    ['inferno.io/h100', '2', '1'],
  ] as const) {
    it(`gives out no more ${resource} than there is, says what is missing, and schedules as soon as there is room`, async () => {
      const namespace = await cluster().namespace();
      await node('small', { [resource]: capacity });
      for (const name of ['a', 'b']) {
        await create(namespace, name, wanting({ [resource]: each }));
        await scheduled(namespace, name);
      }
      await create(namespace, 'c', wanting({ [resource]: each }));
      await expectReasons(namespace, 'c', [`1 Insufficient ${resource}`]);
      await cluster().core.deleteNamespacedPod({ namespace, name: 'a' });
      await scheduled(namespace, 'c');
    });
  }

  it('schedules a pod that waits as soon as a node for it appears', async () => {
    const namespace = await cluster().namespace();
    await create(namespace, 'a', inPool());
    await expectReasons(namespace, 'a', []);
    const late = await node('late', {});
    expect((await scheduled(namespace, 'a')).spec?.nodeName).to.equal(late.metadata?.name);
  });

  it('schedules a pod that waits as soon as a node gets the label that it wants', async () => {
    const namespace = await cluster().namespace();
    const plain = await node('plain', {});
    await create(namespace, 'a', inPool({ nodeSelector: { tier: 'fast' } }));
    await unschedulable(namespace, 'a');
    const { objects } = cluster();
    await objects.patch({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: plain.metadata!.name!, labels: { tier: 'fast' } },
    });
    await scheduled(namespace, 'a');
  });

  it('counts a pod without requests by number only', async () => {
    const namespace = await cluster().namespace();
    await node('few', { pods: '1' });
    await create(namespace, 'a', inPool());
    await scheduled(namespace, 'a');
    await create(namespace, 'b', inPool());
    await expectReasons(namespace, 'b', ['1 Too many pods']);
  });

  it('names every reason with the number of nodes that it keeps away', async () => {
    const namespace = await cluster().namespace();
    await node('short', { cpu: '1' });
    await node('narrow', { memory: '1Gi' });
    await node('both', { cpu: '1', memory: '1Gi' });
    await create(namespace, 'a', wanting({ cpu: '4', memory: '4Gi' }));
    await expectReasons(namespace, 'a', ['2 Insufficient cpu', '2 Insufficient memory']);
  });

  it('avoids nodes that are cordoned', async () => {
    const namespace = await cluster().namespace();
    const cordoned = await node('cordoned', {});
    const { core } = cluster();
    await eventually(async () => {
      const current = await core.readNode({ name: cordoned.metadata!.name! });
      await core.replaceNode({
        name: cordoned.metadata!.name!,
        body: { ...current, spec: { ...current.spec, unschedulable: true } },
      });
    });
    await eventually(async () => {
      expect((await core.readNode({ name: cordoned.metadata!.name! })).spec?.unschedulable).to.equal(true);
    });
    await cluster().schedulerKnowsNodes();
    await create(namespace, 'a', inPool());
    await expectReasons(namespace, 'a', ['1 node(s) were unschedulable']);
  });

  it('avoids nodes that are not ready, until they are', async () => {
    const namespace = await cluster().namespace();
    const name = (await node('sick', {})).metadata!.name!;
    const report = (status: string) =>
      cluster().core.patchNodeStatus(
        { name, body: { status: { conditions: [{ type: 'Ready', status, lastHeartbeatTime: new Date() }] } } },
        setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
      );
    const taints = async () =>
      (await cluster().core.readNode({ name })).spec?.taints?.map(({ key, effect }) => `${key}:${effect}`) ?? [];
    await report('False');
    await eventually(async () => expect(await taints()).to.include('node.kubernetes.io/not-ready:NoSchedule'));
    await cluster().schedulerKnowsNodes();
    await create(namespace, 'a', inPool());
    const { reasons } = parse(await unschedulable(namespace, 'a'));
    expect(reasons).to.include('1 node(s) had untolerated taint(s)');
    await report('True');
    await eventually(async () => expect(await taints()).to.deep.equal([]));
    await scheduled(namespace, 'a');
  });

  it('spreads pods of equal wishes over equal nodes', async () => {
    const namespace = await cluster().namespace();
    await node('one', {});
    await node('two', {});
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) {
      await create(namespace, name, wanting({ cpu: '1' }));
      await scheduled(namespace, name);
    }
    const placed = await Promise.all(names.map(async (name) => (await scheduled(namespace, name)).spec!.nodeName!));
    const counts = nodes.map(({ metadata }) => placed.filter((nodeName) => nodeName === metadata?.name).length);
    expect(counts).to.deep.equal([2, 2]);
  });

  it('frees what a finished pod held', async () => {
    const namespace = await cluster().namespace();
    await node('small', { cpu: '1' });
    const first = await create(namespace, 'a', wanting({ cpu: '1' }));
    await scheduled(namespace, 'a');
    await create(namespace, 'b', wanting({ cpu: '1' }));
    await unschedulable(namespace, 'b');
    await cluster().pods.fail(first);
    await scheduled(namespace, 'b');
  });

  it('leaves alone a pod that names another scheduler', async () => {
    const namespace = await cluster().namespace();
    await node('only', {});
    await create(namespace, 'other', inPool({ schedulerName: 'other' }));
    await create(namespace, 'own', inPool());
    await scheduled(namespace, 'own');
    expect((await cluster().core.readNamespacedPod({ namespace, name: 'other' })).spec?.nodeName).to.equal(undefined);
  });

  it('tells of a pod that fits nowhere in an event', async () => {
    const namespace = await cluster().namespace();
    await create(namespace, 'a', inPool());
    await eventually(async () => {
      const { items } = await cluster().core.listNamespacedEvent({ namespace });
      const event = items.find(({ reason }) => reason === 'FailedScheduling');
      expect(event?.type).to.equal('Warning');
      expect(event?.message).to.match(/^0\/\d+ nodes are available: /);
    });
  });
});
