import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import type { Node, Pod } from '#shared/kube/wire.js';
import { silentLogger } from '#shared/observe/logger.js';
import type { Controller } from '../machinery/controller-context.js';
import { conflict, FakeClient } from '../test/support/fake-client.js';
import { ManualFeed } from '../test/support/manual-feed.js';
import { nodeOf, podOf, type PodWish } from '../test/support/objects.js';
import { RecordedEvents } from '../test/support/recorded-events.js';
import { startScheduler } from './scheduler.js';

describe('scheduler', () => {
  let client: FakeClient;
  let clock: ManualClock;
  let events: RecordedEvents;
  let nodes: ManualFeed<Node>;
  let pods: ManualFeed<Pod>;
  let scheduler: Controller;

  beforeEach(() => {
    client = new FakeClient();
    clock = new ManualClock(1_000_000);
    events = new RecordedEvents();
    nodes = new ManualFeed();
    pods = new ManualFeed();
    scheduler = startScheduler({ client, events, clock, logger: silentLogger }, { nodes, pods });
  });

  afterEach(() => scheduler.stop());

  const card = (wish: PodWish = {}): PodWish => ({
    ...wish,
    spec: { containers: [{ name: 'c', image: 'i', resources: { limits: { 'inferno.io/A100': '1' } } }], ...wish.spec },
  });
  const cards = (count: number) => nodeOf('n1', { 'inferno.io/A100': String(count) });
  /** `pod>node` of every binding asked for so far. */
  const bindings = () =>
    client.made('create', '/binding').map(({ path, body }) => {
      const { target } = body as { target: { name: string } };
      return `${path.split('/').at(-2) ?? ''}>${target.name}`;
    });
  const refusal = (name: string) => client.made('patch', `/pods/${name}/status`);

  it('binds a pod to a node that fits, and says so', async () => {
    nodes.put(nodeOf('n1'));
    pods.put(podOf('a'));
    await clock.advance(0);
    expect(bindings()).to.deep.equal(['a>n1']);
    expect(client.made('create')[0]?.body).to.deep.include({ kind: 'Binding' });
    expect(events.texts).to.deep.equal(['Normal Scheduled: Successfully assigned infer/a to n1']);
  });

  it('counts what it has just decided, before any cache shows it', async () => {
    nodes.put(cards(2));
    for (const name of ['a', 'b', 'c']) pods.put(podOf(name, card()));
    await clock.advance(0);
    expect(bindings()).to.deep.equal(['a>n1', 'b>n1']);
    expect(refusal('c')).to.have.length(1);
  });

  it('takes the pod of higher priority first, else the older', async () => {
    nodes.put(cards(2));
    pods.put(podOf('young', card({ createdMs: 9000 })));
    pods.put(podOf('old', card({ createdMs: 1000 })));
    pods.put(podOf('dear', card({ createdMs: 9000, spec: { priority: 10 } })));
    await clock.advance(0);
    expect(bindings()).to.deep.equal(['dear>n1', 'old>n1']);
  });

  it('says on a pod that fits nowhere why, once', async () => {
    nodes.put(cards(0));
    pods.put(podOf('a', card()));
    await clock.advance(0);
    const message = '0/1 nodes are available: 1 Insufficient inferno.io/A100.';
    expect(refusal('a')[0]?.body).to.deep.equal({
      metadata: { uid: 'uid-a' },
      status: {
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message,
            lastProbeTime: null,
            lastTransitionTime: '1970-01-01T00:16:40Z',
          },
        ],
      },
    });
    expect(events.texts).to.deep.equal([`Warning FailedScheduling: ${message}`]);
    await clock.advance(600_000);
    expect(client.calls).to.have.length(1);
  });

  it('tries again when a pod that held the room is gone, not while it is only going', async () => {
    const holder = card({ node: 'n1', ready: true });
    nodes.put(cards(1));
    pods.put(podOf('holder', holder));
    pods.put(podOf('waiting', card()));
    await clock.advance(60_000);
    pods.put(podOf('holder', { ...holder, deleted: true }));
    await clock.advance(60_000);
    expect(bindings()).to.deep.equal([]);
    pods.remove(podOf('holder', holder));
    await clock.advance(0);
    expect(bindings()).to.deep.equal(['waiting>n1']);
  });

  it('tries again when the pod that held the room has ended', async () => {
    nodes.put(cards(1));
    pods.put(podOf('holder', card({ node: 'n1', ready: true })));
    pods.put(podOf('waiting', card()));
    await clock.advance(60_000);
    pods.put(podOf('holder', card({ node: 'n1', phase: 'Succeeded' })));
    await clock.advance(0);
    expect(bindings()).to.deep.equal(['waiting>n1']);
  });

  it('tries again when a node comes, grows, or loses its taint', async () => {
    const tainted = cards(1);
    tainted.spec = { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] };
    pods.put(podOf('a', card()));
    nodes.put(tainted);
    await clock.advance(60_000);
    expect(bindings()).to.deep.equal([]);
    nodes.put(cards(1));
    pods.put(podOf('b', card()));
    await clock.advance(60_000);
    expect(bindings()).to.deep.equal(['a>n1']);
    nodes.put(cards(2));
    await clock.advance(60_000);
    expect(bindings()).to.deep.equal(['a>n1', 'b>n1']);
  });

  it('waits between two tries of the same pod, so that a busy cluster is not asked all the time', async () => {
    nodes.put(cards(1));
    pods.put(podOf('holder', card({ node: 'n1', ready: true })));
    pods.put(podOf('first', card()));
    pods.put(podOf('second', card()));
    await clock.advance(0);
    pods.remove(podOf('holder', card({ node: 'n1' })));
    await clock.advance(999);
    expect(bindings()).to.deep.equal([]);
    await clock.advance(1);
    expect(bindings()).to.deep.equal(['first>n1']);
  });

  it('does not bind again what it bound, however long the cache does not show it', async () => {
    nodes.put(nodeOf('n1'));
    pods.put(podOf('a'));
    await clock.advance(0);
    pods.put(podOf('a', { labels: { changed: 'meanwhile' } }));
    nodes.put(nodeOf('n1', { cpu: '64' }));
    await clock.advance(60_000);
    expect(bindings()).to.have.length(1);
  });

  it('gives the room back and tries again when a binding is refused', async () => {
    nodes.put(cards(1));
    client.answer = ({ method, path }) => {
      if (method === 'create' && client.made('create').length === 1) throw conflict(path);
      return undefined;
    };
    pods.put(podOf('a', card()));
    await clock.advance(0);
    expect(bindings()).to.deep.equal(['a>n1']);
    await clock.advance(1000);
    expect(bindings()).to.deep.equal(['a>n1', 'a>n1']);
    expect(events.texts).to.deep.equal(['Normal Scheduled: Successfully assigned infer/a to n1']);
  });

  it('gives the room back when a pod that was just placed is deleted', async () => {
    nodes.put(cards(1));
    pods.put(podOf('a', card()));
    await clock.advance(0);
    pods.remove(podOf('a', card()));
    pods.put(podOf('b', card()));
    await clock.advance(0);
    expect(bindings()).to.deep.equal(['a>n1', 'b>n1']);
  });

  const notOurs: [string, PodWish][] = [
    ['with a node', { node: 'n1' }],
    ['of another scheduler', { spec: { schedulerName: 'other' } }],
    ['behind a gate', { spec: { schedulingGates: [{ name: 'g' }] } }],
    ['being deleted', { deleted: true }],
    ['that has ended', { phase: 'Failed' }],
  ];
  for (const [name, wish] of notOurs) {
    it(`leaves a pod ${name} alone`, async () => {
      nodes.put(nodeOf('n1'));
      pods.put(podOf('a', wish));
      await clock.advance(60_000);
      expect(client.calls).to.deep.equal([]);
    });
  }
});
