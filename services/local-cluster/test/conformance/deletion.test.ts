import type { V1DeleteOptions, V1OwnerReference, V1ReplicaSet } from '@kubernetes/client-node';
import { expect } from 'chai';
import { eventually } from './support/eventually.js';
import { deployment, pod, replicaSet } from './support/manifests.js';
import { onEachTarget } from './support/on-each-target.js';
import { essence, refusal } from './support/refusal.js';

onEachTarget('deleting a pod', (cluster) => {
  let namespace: string;

  beforeEach(async () => {
    namespace = await cluster().namespace();
    cluster().pods.hold(namespace);
  });

  const read = () => cluster().core.readNamespacedPod({ namespace, name: 'a' });
  const remove = (body?: V1DeleteOptions) =>
    cluster().core.deleteNamespacedPod({ namespace, name: 'a', ...(body === undefined ? {} : { body }) });
  const create = (spec: object) => cluster().core.createNamespacedPod({ namespace, body: pod('a', spec) });

  it('that runs on a node leaves it to the kubelet, for as long as its grace period says', async () => {
    await create({ nodeName: 'worker-1', terminationGracePeriodSeconds: 17 });
    const before = Date.now();
    await remove();
    const { metadata } = await read();
    expect(metadata?.deletionGracePeriodSeconds).to.equal(17);
    // The time stamp is when the grace period ends, in whole seconds.
    expect(metadata!.deletionTimestamp!.getTime()).to.be.within(before + 16_000, Date.now() + 17_000);
    await remove({ gracePeriodSeconds: 0 });
    expect((await refusal(read())).code).to.equal(404);
  });

  it('with a grace period of its own takes that one', async () => {
    await create({ nodeName: 'worker-1' });
    await remove({ gracePeriodSeconds: 5 });
    expect((await read()).metadata?.deletionGracePeriodSeconds).to.equal(5);
  });

  it('again shortens the grace period and never lengthens it', async () => {
    await create({ nodeName: 'worker-1' });
    await remove({ gracePeriodSeconds: 20 });
    await remove({ gracePeriodSeconds: 60 });
    expect((await read()).metadata?.deletionGracePeriodSeconds).to.equal(20);
    await remove({ gracePeriodSeconds: 3 });
    expect((await read()).metadata?.deletionGracePeriodSeconds).to.equal(3);
  });

  it('that no node has takes effect at once', async () => {
    await create({ schedulerName: 'none' });
    await remove();
    expect((await refusal(read())).code).to.equal(404);
  });

  it('only if it is the one that is meant', async () => {
    const { metadata } = await create({ schedulerName: 'none' });
    const otherUid = await refusal(remove({ preconditions: { uid: '00000000-0000-0000-0000-000000000000' } }));
    expect(essence(otherUid)).to.deep.include({ code: 409, reason: 'Conflict' });
    const otherVersion = await refusal(remove({ preconditions: { resourceVersion: '1' } }));
    expect(essence(otherVersion)).to.deep.include({ code: 409, reason: 'Conflict' });
    await remove({ preconditions: { uid: metadata!.uid!, resourceVersion: metadata!.resourceVersion! } });
    expect((await refusal(read())).code).to.equal(404);
  });

  it('that has a finalizer waits for it', async () => {
    const { core } = cluster();
    await core.createNamespacedPod({
      namespace,
      body: { ...pod('a', { schedulerName: 'none' }), metadata: { name: 'a', finalizers: ['example.com/hold'] } },
    });
    await remove({ gracePeriodSeconds: 0 });
    const held = await read();
    expect(held.metadata?.deletionTimestamp).to.be.instanceOf(Date);
    await core.replaceNamespacedPod({ namespace, name: 'a', body: { ...held, metadata: { ...held.metadata, finalizers: [] } } });
    expect((await refusal(read())).code).to.equal(404);
  });
});

onEachTarget('owners and what they own', (cluster) => {
  const ownerOf = (object: V1ReplicaSet, extra: Partial<V1OwnerReference> = {}): V1OwnerReference => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: object.metadata!.name!,
    uid: object.metadata!.uid!,
    ...extra,
  });
  const podNames = async (namespace: string) =>
    (await cluster().core.listNamespacedPod({ namespace })).items.map(({ metadata }) => metadata?.name);

  async function runningDeployment(): Promise<string> {
    const namespace = await cluster().namespace();
    await cluster().apps.createNamespacedDeployment({ namespace, body: deployment('web', { replicas: 2 }) });
    await eventually(async () => {
      expect((await cluster().apps.readNamespacedDeployment({ namespace, name: 'web' })).status?.readyReplicas).to.equal(2);
    });
    return namespace;
  }

  it('a deployment owns its replicaset and the replicaset its pods, as their controllers', async () => {
    const namespace = await runningDeployment();
    const owner = await cluster().apps.readNamespacedDeployment({ namespace, name: 'web' });
    const [set] = (await cluster().apps.listNamespacedReplicaSet({ namespace })).items;
    const flags = { controller: true, blockOwnerDeletion: true };
    expect(set?.metadata?.ownerReferences).to.deep.equal([
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: owner.metadata!.uid!, ...flags },
    ]);
    for (const { metadata } of (await cluster().core.listNamespacedPod({ namespace })).items) {
      expect(metadata?.ownerReferences).to.deep.equal([ownerOf(set!, flags)]);
      expect(metadata?.name).to.match(new RegExp(`^${set!.metadata!.name!}-[a-z0-9]{5}$`));
      expect(metadata?.generateName).to.equal(`${set!.metadata!.name!}-`);
    }
  });

  it('a deployment deleted in the background is gone at once, its replicaset and pods soon after', async () => {
    const namespace = await runningDeployment();
    await cluster().apps.deleteNamespacedDeployment({ namespace, name: 'web', propagationPolicy: 'Background' });
    expect((await refusal(cluster().apps.readNamespacedDeployment({ namespace, name: 'web' }))).code).to.equal(404);
    await eventually(async () => {
      expect((await cluster().apps.listNamespacedReplicaSet({ namespace })).items).to.deep.equal([]);
      expect(await podNames(namespace)).to.deep.equal([]);
    });
  });

  it('a deployment deleted in the foreground stays until its replicaset and pods are gone', async () => {
    const namespace = await runningDeployment();
    cluster().pods.hold(namespace);
    await cluster().apps.deleteNamespacedDeployment({ namespace, name: 'web', propagationPolicy: 'Foreground' });
    const waiting = await cluster().apps.readNamespacedDeployment({ namespace, name: 'web' });
    expect(waiting.metadata?.finalizers).to.deep.equal(['foregroundDeletion']);
    expect(waiting.metadata?.deletionTimestamp).to.be.instanceOf(Date);
    const pods = await eventually(async () => {
      const { items } = await cluster().core.listNamespacedPod({ namespace });
      expect(items.map(({ metadata }) => metadata?.deletionTimestamp)).to.not.include(undefined);
      return items;
    });
    // More where the controllers hear of the end of a pod before that of its replicaset.
    expect(pods).to.have.length.of.at.least(2);
    expect((await cluster().apps.readNamespacedDeployment({ namespace, name: 'web' })).metadata?.name).to.equal('web');
    await cluster().pods.release(namespace);
    await eventually(async () => {
      expect((await refusal(cluster().apps.readNamespacedDeployment({ namespace, name: 'web' }))).code).to.equal(404);
      expect((await cluster().apps.listNamespacedReplicaSet({ namespace })).items).to.deep.equal([]);
    });
  });

  it('a deployment deleted as an orphaner leaves its replicaset, without an owner, and the pods', async () => {
    const namespace = await runningDeployment();
    await cluster().apps.deleteNamespacedDeployment({ namespace, name: 'web', propagationPolicy: 'Orphan' });
    await eventually(async () => {
      expect((await refusal(cluster().apps.readNamespacedDeployment({ namespace, name: 'web' }))).code).to.equal(404);
    });
    await eventually(async () => {
      const { items } = await cluster().apps.listNamespacedReplicaSet({ namespace });
      expect(items.map(({ metadata }) => metadata?.ownerReferences)).to.deep.equal([undefined]);
    });
    expect(await podNames(namespace)).to.have.length(2);
  });

  it('without a policy the kinds of apps go in the background', async () => {
    const namespace = await runningDeployment();
    await cluster().apps.deleteNamespacedDeployment({ namespace, name: 'web' });
    expect((await refusal(cluster().apps.readNamespacedDeployment({ namespace, name: 'web' }))).code).to.equal(404);
    await eventually(async () => expect(await podNames(namespace)).to.deep.equal([]));
  });

  it('an object with two owners goes with the last of them', async () => {
    const namespace = await cluster().namespace();
    const { apps, core } = cluster();
    const owners = [
      await apps.createNamespacedReplicaSet({ namespace, body: replicaSet('one', 0) }),
      await apps.createNamespacedReplicaSet({ namespace, body: replicaSet('two', 0) }),
    ];
    const body = { metadata: { name: 'owned', ownerReferences: owners.map((owner) => ownerOf(owner)) } };
    await core.createNamespacedConfigMap({ namespace, body });
    await apps.deleteNamespacedReplicaSet({ namespace, name: 'one' });
    await eventually(async () => {
      const { metadata } = await core.readNamespacedConfigMap({ namespace, name: 'owned' });
      expect(metadata?.ownerReferences?.map(({ name }) => name)).to.deep.equal(['two']);
    });
    await apps.deleteNamespacedReplicaSet({ namespace, name: 'two' });
    await eventually(async () => {
      expect((await refusal(core.readNamespacedConfigMap({ namespace, name: 'owned' }))).code).to.equal(404);
    });
  });

  it('an object whose owner never was, or was another of that name, is collected', async () => {
    const namespace = await cluster().namespace();
    const owner = await cluster().apps.createNamespacedReplicaSet({ namespace, body: replicaSet('one', 0) });
    const create = (name: string, reference: V1OwnerReference) =>
      cluster().core.createNamespacedConfigMap({ namespace, body: { metadata: { name, ownerReferences: [reference] } } });
    await create('kept', ownerOf(owner));
    await create('lost', ownerOf(owner, { uid: '00000000-0000-0000-0000-000000000000' }));
    await eventually(async () => {
      expect((await refusal(cluster().core.readNamespacedConfigMap({ namespace, name: 'lost' }))).code).to.equal(404);
    });
    expect((await cluster().core.readNamespacedConfigMap({ namespace, name: 'kept' })).metadata?.name).to.equal('kept');
  });
});
