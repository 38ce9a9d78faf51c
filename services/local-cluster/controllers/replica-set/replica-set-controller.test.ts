import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import { KubeError } from '#shared/kube/kube-error.js';
import type { Pod, ReplicaSet } from '#shared/kube/wire.js';
import { silentLogger } from '#shared/observe/logger.js';
import type { Controller } from '../machinery/controller-context.js';
import { indexBy } from '../machinery/object-feed.js';
import { controllerKeys } from '../machinery/owner.js';
import { conflict, FakeClient } from '../test/support/fake-client.js';
import { ManualFeed } from '../test/support/manual-feed.js';
import { podOf, replicaSetOf } from '../test/support/objects.js';
import { RecordedEvents } from '../test/support/recorded-events.js';
import { startReplicaSetController } from './replica-set-controller.js';

describe('replica set controller', () => {
  let client: FakeClient;
  let clock: ManualClock;
  let events: RecordedEvents;
  let replicaSets: ManualFeed<ReplicaSet>;
  let pods: ManualFeed<Pod>;
  let controller: Controller;
  let created: Pod[];

  beforeEach(() => {
    client = new FakeClient();
    clock = new ManualClock(1_000_000);
    events = new RecordedEvents();
    replicaSets = new ManualFeed();
    pods = new ManualFeed();
    created = [];
    client.answer = ({ method, path, body }) => {
      if (method !== 'create' || !path.endsWith('/pods')) return undefined;
      const number = created.length + 1;
      const pod = body as Pod;
      created.push({
        ...pod,
        metadata: { ...pod.metadata, name: `new-${number}`, uid: `uid-new-${number}`, resourceVersion: '1' },
      });
      return created.at(-1);
    };
    const podsByController = indexBy(pods, controllerKeys);
    controller = startReplicaSetController(
      { client, events, clock, logger: silentLogger },
      { replicaSets, pods, podsByController },
    );
  });

  afterEach(() => controller.stop());

  const idle = (wish = {}) => replicaSetOf({ available: 0, pods: 0, ...wish });

  it('creates what is missing, from the template, as its own', async () => {
    replicaSets.put(idle({ replicas: 3 }));
    await clock.advance(0);
    expect(created).to.have.length(3);
    const { metadata, spec } = created[0]!;
    expect(metadata?.labels).to.deep.equal({ app: 'web', 'pod-template-hash': 'web-a' });
    expect(metadata).to.include({ generateName: 'web-a-', namespace: 'infer' });
    expect(metadata?.ownerReferences).to.deep.equal([
      { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-a', uid: 'uid-web-a', controller: true, blockOwnerDeletion: true },
    ]);
    expect(spec?.containers[0]?.image).to.equal('server:1');
    expect(events.texts).to.deep.equal([1, 2, 3].map((number) => `Normal SuccessfulCreate: Created pod: new-${number}`));
  });

  it('creates nothing twice while its cache lags behind, and goes on when it has caught up', async () => {
    const replicaSet = idle({ replicas: 3 });
    replicaSets.put(replicaSet);
    await clock.advance(0);
    // Two more looks, at a cache that has none and then one of the three.
    replicaSets.put({ ...replicaSet, metadata: { ...replicaSet.metadata, resourceVersion: '2' } });
    await clock.advance(0);
    pods.put(created[0]!);
    await clock.advance(0);
    expect(created).to.have.length(3);
    pods.put(created[1]!);
    pods.put(created[2]!);
    pods.remove(created[2]!);
    await clock.advance(0);
    expect(created).to.have.length(4);
  });

  it('deletes nothing twice while its cache lags behind', async () => {
    const replicaSet = replicaSetOf({ replicas: 1 });
    for (const name of ['a', 'b', 'c']) pods.put(podOf(name, { owner: replicaSet, ready: name === 'b', node: 'n1' }));
    replicaSets.put(replicaSet);
    await clock.advance(0);
    const paths = () => client.made('delete').map(({ path }) => path.split('/').at(-1));
    expect(paths()).to.have.members(['a', 'c']);
    replicaSets.put({ ...replicaSet, metadata: { ...replicaSet.metadata, resourceVersion: '2' } });
    await clock.advance(0);
    expect(paths()).to.have.length(2);
    pods.put(podOf('a', { owner: replicaSet, deleted: true, node: 'n1' }));
    pods.remove(podOf('c', { owner: replicaSet }));
    pods.remove(podOf('b', { owner: replicaSet }));
    await clock.advance(0);
    expect(created).to.have.length(1);
    expect(events.texts).to.include.members([
      'Normal SuccessfulDelete: Deleted pod: a',
      'Normal SuccessfulDelete: Deleted pod: c',
    ]);
  });

  it('replaces pods that have ended, and lets them be', async () => {
    const replicaSet = replicaSetOf({ replicas: 2 });
    pods.put(podOf('a', { owner: replicaSet, phase: 'Failed', node: 'n1' }));
    pods.put(podOf('b', { owner: replicaSet, ready: true, node: 'n1' }));
    replicaSets.put(replicaSet);
    await clock.advance(0);
    expect(created).to.have.length(1);
    expect(client.made('delete')).to.deep.equal([]);
  });

  it('adopts a matching orphan instead of creating, after a fresh look at itself', async () => {
    const replicaSet = idle({ replicas: 1 });
    client.answer = ({ method }) => (method === 'get' ? replicaSet : undefined);
    pods.put(podOf('orphan', { labels: replicaSet.metadata?.labels ?? {} }));
    replicaSets.put(replicaSet);
    await clock.advance(0);
    expect(client.made('create')).to.deep.equal([]);
    const [patch] = client.made('patch', '/pods/orphan');
    expect(patch?.body).to.deep.include({
      metadata: {
        uid: 'uid-orphan',
        ownerReferences: [
          {
            apiVersion: 'apps/v1',
            kind: 'ReplicaSet',
            name: 'web-a',
            uid: 'uid-web-a',
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
    });
  });

  it('adopts nothing when it turns out to be another one by now', async () => {
    const replicaSet = idle({ replicas: 1 });
    client.answer = ({ method }) => (method === 'get' ? { metadata: { uid: 'other' } } : undefined);
    pods.put(podOf('orphan', { labels: replicaSet.metadata?.labels ?? {} }));
    replicaSets.put(replicaSet);
    await clock.advance(0);
    expect(client.made('patch', '/pods/orphan')).to.deep.equal([]);
  });

  it('releases a pod whose labels it does not select any more, and replaces it', async () => {
    const replicaSet = replicaSetOf({ replicas: 1 });
    pods.put(podOf('a', { owner: replicaSet, ready: true, node: 'n1', labels: { app: 'taken-out' } }));
    replicaSets.put(replicaSet);
    await clock.advance(0);
    expect(client.made('patch', '/pods/a')[0]?.body).to.deep.equal({
      metadata: { uid: 'uid-a', ownerReferences: [{ $patch: 'delete', uid: 'uid-web-a' }] },
    });
    expect(created).to.have.length(1);
  });

  it('tries one first and no more when that fails, says so in its status, and tries again later', async () => {
    client.answer = ({ method, path }) => {
      if (method === 'create' && path.endsWith('/pods')) throw new KubeError(403, 'Forbidden', 'exceeded quota');
      return undefined;
    };
    replicaSets.put(idle({ replicas: 10 }));
    await clock.advance(0);
    expect(client.made('create')).to.have.length(1);
    const [write] = client.made('replace', '/status');
    const { status } = write?.body as ReplicaSet;
    expect(status?.conditions?.[0]).to.include({ type: 'ReplicaFailure', reason: 'FailedCreate', message: 'exceeded quota' });
    expect(events.texts).to.deep.equal(['Warning FailedCreate: Error creating: exceeded quota']);
    await clock.advance(5);
    expect(client.made('create')).to.have.length(2);
  });

  it('creates nothing in a namespace that is going, and does not try again', async () => {
    const message = 'pods "x" is forbidden: unable to create new content in namespace infer because it is being terminated';
    client.answer = ({ method }) => {
      if (method === 'create') throw new KubeError(403, 'Forbidden', message);
      return undefined;
    };
    replicaSets.put(idle({ replicas: 1 }));
    await clock.advance(60_000);
    expect(client.made('create')).to.have.length(1);
    expect(events.texts).to.deep.equal([]);
  });

  it('creates and deletes nothing while it is being deleted itself', async () => {
    const replicaSet = idle({ replicas: 2 });
    replicaSets.put({ ...replicaSet, metadata: { ...replicaSet.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
    await clock.advance(0);
    expect(created).to.deep.equal([]);
  });

  it('writes its status only when it changes, and again when the object had changed meanwhile', async () => {
    const replicaSet = idle({ replicas: 1 });
    let isRefusing = true;
    client.answer = ({ method, path, body }) => {
      if (method !== 'replace') return undefined;
      if (isRefusing) throw conflict(path);
      replicaSets.put(body as ReplicaSet);
      return body;
    };
    pods.put(podOf('a', { owner: replicaSet, ready: true, node: 'n1' }));
    replicaSets.put(replicaSet);
    await clock.advance(0);
    isRefusing = false;
    await clock.advance(100);
    expect(replicaSets.get('infer', 'web-a')?.status).to.include({ replicas: 1, readyReplicas: 1 });
    const writes = client.made('replace', '/status').length;
    pods.put(podOf('a', { owner: replicaSet, ready: true, node: 'n1', restarts: 1 }));
    await clock.advance(100);
    expect(client.made('replace', '/status')).to.have.length(writes);
  });

  it('looks again when a ready pod has been ready for long enough', async () => {
    const replicaSet = replicaSetOf({ replicas: 1, available: 0, minReadySeconds: 10 });
    pods.put(podOf('a', { owner: replicaSet, ready: true, node: 'n1', readySinceMs: 1_000_000 }));
    replicaSets.put(replicaSet);
    await clock.advance(0);
    const available = () => (client.made('replace', '/status').at(-1)?.body as ReplicaSet).status?.availableReplicas ?? 0;
    expect(available()).to.equal(0);
    replicaSets.put(client.made('replace', '/status').at(-1)?.body as ReplicaSet);
    await clock.advance(10_000);
    expect(available()).to.equal(1);
  });
});
