import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'chai';
import { eventually } from './support/eventually.js';
import { pod, replicaSet } from './support/manifests.js';
import { onEachTarget } from './support/on-each-target.js';

const name = 'web';
const costKey = 'controller.kubernetes.io/pod-deletion-cost';
const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

onEachTarget('replicasets', (cluster) => {
  let namespace: string;

  const pods = async () => (await cluster().core.listNamespacedPod({ namespace })).items;
  const living = async () => (await pods()).filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  const namesOf = (items: readonly V1Pod[]) => items.map(({ metadata }) => metadata!.name!).sort();
  const read = () => cluster().apps.readNamespacedReplicaSet({ namespace, name });
  const scale = (replicas: number) =>
    cluster().apps.patchNamespacedReplicaSet({ namespace, name, body: { spec: { replicas } } }, merge);
  const change = (target: V1Pod, metadata: object) =>
    cluster().core.patchNamespacedPod({ namespace, name: target.metadata!.name!, body: { metadata } }, merge);
  const cost = (target: V1Pod, value: string) => change(target, { annotations: { [costKey]: value } });

  beforeEach(async () => {
    namespace = await cluster().namespace();
  });

  async function settled(replicas: number): Promise<V1Pod[]> {
    await cluster().apps.createNamespacedReplicaSet({ namespace, body: replicaSet(name, replicas) });
    await eventually(async () => expect((await read()).status?.readyReplicas).to.equal(replicas));
    return pods();
  }

  /** The pods that are left once the controllers have chosen. The pods of a held namespace stay while they terminate. */
  async function left(replicas: number): Promise<string[]> {
    return eventually(async () => {
      const items = await living();
      expect(items).to.have.length(replicas);
      return namesOf(items);
    });
  }

  it('keep as many pods as they are told, and say how many are ready', async () => {
    await settled(3);
    await scale(5);
    await eventually(async () => {
      const { metadata, status } = await read();
      expect(status).to.deep.include({
        replicas: 5,
        fullyLabeledReplicas: 5,
        readyReplicas: 5,
        availableReplicas: 5,
        observedGeneration: metadata?.generation,
      });
    });
    await scale(0);
    await eventually(async () => expect(await pods()).to.deep.equal([]));
  });

  it('replace a pod that is deleted', async () => {
    const before = await settled(2);
    await cluster().core.deleteNamespacedPod({ namespace, name: before[0]!.metadata!.name! });
    await eventually(async () => {
      const names = namesOf(await living());
      expect(names).to.have.length(2);
      expect(names).to.not.include(before[0]!.metadata!.name!);
      expect(names).to.include(before[1]!.metadata!.name!);
    });
    await eventually(async () => expect((await read()).status?.readyReplicas).to.equal(2));
  });

  it('replace a pod that has failed, and leave it to be looked at', async () => {
    const [first] = await settled(2);
    await cluster().pods.fail(first!);
    await eventually(async () => {
      const items = await pods();
      expect(items.filter(({ status }) => status?.phase === 'Running')).to.have.length(2);
      expect(namesOf(items)).to.include(first!.metadata!.name!);
      expect((await read()).status?.replicas).to.equal(2);
    });
  });

  it('count a pod that is no longer ready as a replica, and do not replace it', async () => {
    const [first] = await settled(2);
    await cluster().pods.unready(first!);
    await eventually(async () =>
      expect((await read()).status).to.deep.include({ replicas: 2, readyReplicas: 1, availableReplicas: 1 }),
    );
    expect(namesOf(await living())).to.have.length(2);
  });

  it('take away first a pod that no node has', async () => {
    const before = await settled(1);
    const body = replicaSet(name, 2);
    body.spec!.template!.spec!.nodeSelector = { nowhere: 'yes' };
    await cluster().apps.replaceNamespacedReplicaSet({ namespace, name, body });
    await eventually(async () => expect(await living()).to.have.length(2));
    await scale(1);
    expect(await left(1)).to.deep.equal(namesOf(before));
  });

  it('take away first a pod that is not ready, whatever the others cost', async () => {
    const before = await settled(3);
    await cost(before[0]!, '-100');
    await cluster().pods.unready(before[1]!);
    await eventually(async () => expect((await read()).status?.readyReplicas).to.equal(2));
    await scale(2);
    expect(await left(2)).to.deep.equal(namesOf([before[0]!, before[2]!]));
  });

  it('take away first the pods of the lowest deletion cost', async () => {
    const before = await settled(4);
    await cost(before[0]!, '10');
    await cost(before[1]!, '-5');
    await cost(before[2]!, '3');
    await cluster().controllersKnowPods();
    await scale(3);
    expect(await left(3)).to.not.include(before[1]!.metadata!.name!);
    // Without the annotation the cost is 0, which is less than 3.
    await scale(2);
    expect(await left(2)).to.deep.equal(namesOf([before[0]!, before[2]!]));
    await scale(1);
    expect(await left(1)).to.deep.equal(namesOf([before[0]!]));
  });

  it('take away first, of equals, the one that was ready for the shortest time', async () => {
    const before = await settled(1);
    // Times are compared by orders of magnitude: an hour is more than what a new pod can have been ready for.
    await cluster().pods.ready(before[0]!, new Date(Date.now() - 3_600_000));
    await scale(2);
    await eventually(async () => expect((await read()).status?.readyReplicas).to.equal(2));
    await scale(1);
    expect(await left(1)).to.deep.equal(namesOf(before));
  });

  it('adopt pods that match their selector and have no controller', async () => {
    const body = pod('stray', {}, { app: name });
    await cluster().core.createNamespacedPod({ namespace, body });
    await eventually(async () => expect((await pods())[0]?.status?.phase).to.equal('Running'));
    // A replicaset that is heard of before the pod would make two of its own first.
    await cluster().controllersKnowPods();
    await settled(2);
    const items = await living();
    expect(items).to.have.length(2);
    expect(namesOf(items)).to.include('stray');
    const { metadata } = await read();
    const stray = items.find((item) => item.metadata?.name === 'stray');
    expect(stray?.metadata?.ownerReferences?.[0]).to.include({ kind: 'ReplicaSet', name, uid: metadata!.uid!, controller: true });
  });

  it('release pods that no longer match, and make new ones in their place', async () => {
    const [first] = await settled(2);
    await change(first!, { labels: { app: 'elsewhere' } });
    await eventually(async () => {
      const items = await living();
      expect(items).to.have.length(3);
      const released = items.find(({ metadata }) => metadata?.name === first!.metadata!.name);
      expect(released?.metadata?.ownerReferences ?? []).to.deep.equal([]);
    });
  });

  it('leave alone the pods of another controller', async () => {
    const other = replicaSet('other', 1);
    other.spec!.selector = { matchLabels: { team: 'other' } };
    other.spec!.template!.metadata!.labels = { team: 'other', app: name };
    await cluster().apps.createNamespacedReplicaSet({ namespace, body: other });
    await eventually(async () => expect(await living()).to.have.length(1));
    const [foreign] = await living();
    await cluster().apps.createNamespacedReplicaSet({ namespace, body: replicaSet(name, 1) });
    await eventually(async () => expect(await living()).to.have.length(2));
    await eventually(async () => expect((await read()).status?.readyReplicas).to.equal(1));
    const owners = (await living()).find(({ metadata }) => metadata?.name === foreign!.metadata!.name)?.metadata?.ownerReferences;
    expect(owners?.map((owner) => owner.name)).to.deep.equal(['other']);
  });

  it('do not count pods that are on their way out', async () => {
    const before = await settled(2);
    cluster().pods.hold(namespace);
    await cluster().core.deleteNamespacedPod({ namespace, name: before[0]!.metadata!.name! });
    await eventually(async () => {
      expect(await pods()).to.have.length(3);
      expect((await read()).status?.replicas).to.equal(2);
    });
  });
});
