import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import type { Lease, Node, Pod } from '#shared/kube/wire.js';
import { silentLogger } from '#shared/observe/logger.js';
import type { Controller } from '../machinery/controller-context.js';
import { indexBy } from '../machinery/object-feed.js';
import { FakeClient, notFound } from '../test/support/fake-client.js';
import { ManualFeed } from '../test/support/manual-feed.js';
import { nodeOf, podOf } from '../test/support/objects.js';
import { RecordedEvents } from '../test/support/recorded-events.js';
import { startLostPodController } from './lost-pod-controller.js';
import { startNodeController } from './node-controller.js';
import { isNotReady, judgeNode, wantedTaints } from './node-health.js';

function withReady(status: string, extra: { heartbeat?: string; spec?: Node['spec'] } = {}): Node {
  const condition = { type: 'Ready', status, reason: 'KubeletReady', message: '', lastHeartbeatTime: extra.heartbeat ?? 't0' };
  return nodeOf('n1', {}, { status: { conditions: [condition] }, spec: extra.spec });
}

function leaseAt(renewTime: string): Lease {
  return { metadata: { name: 'n1', namespace: 'kube-node-lease' }, spec: { renewTime } };
}

describe('node health', () => {
  const options = (nowMs: number) => ({ graceMs: 40_000, nowMs });

  it('counts silence from when a sign of life was first seen, by our own clock', () => {
    const first = judgeNode(withReady('True'), leaseAt('a'), undefined, options(1000));
    expect(first.heartbeat.seenMs).to.equal(1000);
    expect(first.checkAgainInMs).to.equal(40_001);
    const silent = judgeNode(withReady('True'), leaseAt('a'), first.heartbeat, options(30_000));
    expect(silent).to.deep.equal({ heartbeat: first.heartbeat, checkAgainInMs: 11_001 });
    const renewed = judgeNode(withReady('True'), leaseAt('b'), first.heartbeat, options(30_000));
    expect(renewed.heartbeat.seenMs).to.equal(30_000);
    const posted = judgeNode(withReady('True', { heartbeat: 't1' }), leaseAt('a'), first.heartbeat, options(31_000));
    expect(posted.heartbeat.seenMs).to.equal(31_000);
  });

  it('turns what the kubelet told to unknown after the grace, once', () => {
    const { heartbeat } = judgeNode(withReady('True'), undefined, undefined, options(0));
    expect(judgeNode(withReady('True'), undefined, heartbeat, options(40_000)).conditions).to.equal(undefined);
    const { conditions } = judgeNode(withReady('True'), undefined, heartbeat, options(40_001));
    expect(conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason ?? ''}`)).to.deep.equal([
      'Ready Unknown NodeStatusUnknown',
      'MemoryPressure Unknown NodeStatusNeverUpdated',
      'DiskPressure Unknown NodeStatusNeverUpdated',
      'PIDPressure Unknown NodeStatusNeverUpdated',
    ]);
    const unknown = nodeOf('n1', {}, { status: { conditions: conditions ?? [] } });
    expect(judgeNode(unknown, undefined, { sign: heartbeat.sign, seenMs: 0 }, options(70_000)).conditions).to.equal(undefined);
  });

  it('does not take our own sleep for the silence of a node', () => {
    const { heartbeat } = judgeNode(withReady('True'), undefined, undefined, options(0));
    expect(judgeNode(withReady('True'), undefined, heartbeat, options(3_600_000))).to.deep.equal({
      heartbeat: { sign: heartbeat.sign, seenMs: 3_600_000 },
      checkAgainInMs: 40_001,
    });
  });

  const managed = (key: string) => ({ key: `node.kubernetes.io/${key}`, effect: 'NoSchedule' });
  const own = { key: 'example.com/own', effect: 'NoSchedule' };
  const taints: { name: string; node: Node; expected: unknown }[] = [
    { name: 'a ready node without', node: withReady('True'), expected: undefined },
    {
      name: 'a new one that became ready',
      node: withReady('True', { spec: { taints: [managed('not-ready'), own] } }),
      expected: [own],
    },
    {
      name: 'one that is not ready',
      node: withReady('False', { spec: { taints: [own] } }),
      expected: [own, managed('not-ready')],
    },
    {
      name: 'one that fell silent',
      node: withReady('Unknown', { spec: { taints: [managed('not-ready')] } }),
      expected: [managed('unreachable')],
    },
    { name: 'a cordoned one', node: withReady('True', { spec: { unschedulable: true } }), expected: [managed('unschedulable')] },
    {
      name: 'a cordoned one that has it',
      node: withReady('True', { spec: { unschedulable: true, taints: [managed('unschedulable')] } }),
      expected: undefined,
    },
    {
      name: 'one whose eviction taint is another’s business',
      node: withReady('True', { spec: { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }] } }),
      expected: undefined,
    },
  ];
  for (const { name, node, expected } of taints) {
    it(`taints of ${name}`, () => expect(wantedTaints(node)).to.deep.equal(expected));
  }

  it('is not ready only where someone said so', () => {
    expect(isNotReady(nodeOf('n1'))).to.equal(false);
    expect(isNotReady(withReady('True'))).to.equal(false);
    expect(isNotReady(withReady('False'))).to.equal(true);
    expect(isNotReady(withReady('Unknown'))).to.equal(true);
  });
});

describe('node controllers', () => {
  let client: FakeClient;
  let clock: ManualClock;
  let nodes: ManualFeed<Node>;
  let leases: ManualFeed<Lease>;
  let pods: ManualFeed<Pod>;
  let controller: Controller;
  let isInContact: boolean;

  const context = () => ({ client, events: new RecordedEvents(), clock, logger: silentLogger });
  const podsByNode = () => indexBy(pods, (pod) => (pod.spec?.nodeName === undefined ? [] : [pod.spec.nodeName]));

  beforeEach(() => {
    client = new FakeClient();
    clock = new ManualClock();
    nodes = new ManualFeed();
    leases = new ManualFeed();
    pods = new ManualFeed();
    isInContact = true;
    // What is written, the caches show.
    client.answer = ({ method, path, body }) => {
      if (method === 'replace' && path.endsWith('/status')) nodes.put(body as Node);
      return body;
    };
  });

  afterEach(() => controller.stop());

  it('declare a silent node not ready, its pods too, and keep new ones away', async () => {
    controller = startNodeController(
      context(),
      { nodes, leases, podsByNode: podsByNode(), isInContact: () => isInContact },
      40_000,
    );
    pods.put(podOf('serving', { node: 'n1', ready: true }));
    pods.put(podOf('starting', { node: 'n1' }));
    pods.put(podOf('elsewhere', { node: 'n2', ready: true }));
    nodes.put(withReady('True'));
    leases.put(leaseAt('a'));
    await clock.advance(30_000);
    leases.put(leaseAt('b'));
    await clock.advance(40_000);
    expect(client.calls).to.deep.equal([]);
    await clock.advance(1);
    expect(nodes.get('', 'n1')?.status?.conditions?.[0]).to.include({ type: 'Ready', status: 'Unknown' });
    expect(client.made('patch', '/nodes/n1')[0]?.body).to.deep.equal({
      metadata: { resourceVersion: '1' },
      spec: { taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' }] },
    });
    const marked = client.made('patch', '/pods/');
    expect(marked.map(({ path }) => path)).to.deep.equal(['/api/v1/namespaces/infer/pods/serving/status']);
    expect(marked[0]?.body).to.have.nested.property('status.conditions[0].status', 'False');
  });

  it('take nobody’s silence for that of a node while the API server is out of reach', async () => {
    controller = startNodeController(
      context(),
      { nodes, leases, podsByNode: podsByNode(), isInContact: () => isInContact },
      40_000,
    );
    nodes.put(withReady('True'));
    await clock.advance(39_000);
    isInContact = false;
    await clock.advance(60_000);
    isInContact = true;
    await clock.advance(39_000);
    expect(client.calls).to.deep.equal([]);
    await clock.advance(3_000);
    expect(nodes.get('', 'n1')?.status?.conditions?.[0]).to.include({ type: 'Ready', status: 'Unknown' });
  });

  async function startLost(isThere = false): Promise<void> {
    client.answer = ({ method, path }) => {
      if (method === 'get' && !isThere) throw notFound(path);
      return {};
    };
    controller = startLostPodController(context(), { nodes, pods, podsByNode: podsByNode() });
    await clock.advance(0);
  }

  it('remove the pods of a node that is gone, after a quarantine', async () => {
    nodes.put(withReady('True'));
    pods.put(podOf('a', { node: 'n1' }));
    await startLost();
    nodes.remove(withReady('True'));
    await clock.advance(39_999);
    expect(client.made('delete')).to.deep.equal([]);
    await clock.advance(1);
    expect(client.made('delete').map(({ path, body }) => [path, body])).to.deep.equal([
      [
        '/api/v1/namespaces/infer/pods/a',
        { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid: 'uid-a' } },
      ],
    ]);
  });

  it('remove pods of a node that never was', async () => {
    await startLost();
    pods.put(podOf('a', { node: 'nowhere' }));
    await clock.advance(40_000);
    expect(client.made('delete')).to.have.length(1);
  });

  it('keep the pods of a node that is back, or that only the cache does not show', async () => {
    nodes.put(withReady('True'));
    pods.put(podOf('a', { node: 'n1' }));
    await startLost(true);
    nodes.remove(withReady('True'));
    await clock.advance(40_000);
    expect(client.made('delete')).to.deep.equal([]);
    nodes.put(withReady('True'));
    nodes.remove(withReady('True'));
    nodes.put(withReady('True'));
    await clock.advance(60_000);
    expect(client.made('delete')).to.deep.equal([]);
  });
});
