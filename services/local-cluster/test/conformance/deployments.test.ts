import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { expect } from 'chai';
import { eventually } from './support/eventually.js';
import { onEachTarget } from './support/on-each-target.js';
import { Rollout } from './support/rollout.js';

const hashLabel = 'pod-template-hash';
const revisionKey = 'deployment.kubernetes.io/revision';

onEachTarget('deployments', (cluster) => {
  it('create a replicaset named after the hash of their template, which its selector and pods carry', async () => {
    const rollout = await Rollout.settled(cluster(), { replicas: 2 });
    const [set, ...others] = await rollout.replicaSets();
    expect(others).to.deep.equal([]);
    const hash = set!.metadata!.labels![hashLabel]!;
    expect(hash).to.match(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
    expect(set!.metadata!.name).to.equal(`web-${hash}`);
    const labels = { app: 'web', [hashLabel]: hash };
    expect(set!.metadata!.labels).to.deep.equal(labels);
    expect(set!.spec!.selector.matchLabels).to.deep.equal(labels);
    expect(set!.spec!.template!.metadata!.labels).to.deep.equal(labels);
    for (const pod of await rollout.pods()) expect(pod.metadata?.labels).to.deep.equal(labels);
    expect(set!.metadata!.annotations).to.include({
      'deployment.kubernetes.io/desired-replicas': '2',
      'deployment.kubernetes.io/max-replicas': '3',
      [revisionKey]: '1',
    });
  });

  it('say what they have, and that they are available and complete', async () => {
    const rollout = await Rollout.settled(cluster(), { replicas: 3 });
    const { status } = await rollout.read();
    expect(status).to.deep.include({ replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 });
    expect(status?.unavailableReplicas ?? 0).to.equal(0);
    await eventually(async () => {
      expect(await rollout.condition('Available')).to.deep.equal({ status: 'True', reason: 'MinimumReplicasAvailable' });
      expect(await rollout.condition('Progressing')).to.deep.equal({ status: 'True', reason: 'NewReplicaSetAvailable' });
    });
  });

  it('are not available while too few pods are ready', async () => {
    const rollout = new Rollout(cluster(), await cluster().namespace());
    rollout.hold();
    await rollout.create({ replicas: 2 });
    await eventually(async () => {
      expect(await rollout.condition('Available')).to.deep.equal({ status: 'False', reason: 'MinimumReplicasUnavailable' });
      expect((await rollout.read()).status).to.deep.include({ replicas: 2, unavailableReplicas: 2 });
    });
    expect((await rollout.condition('Progressing'))?.status).to.equal('True');
  });

  it('count a pod as available only when it was ready for minReadySeconds', async () => {
    const rollout = await Rollout.started(cluster(), { replicas: 1, minReadySeconds: 300 });
    await eventually(async () => {
      const { status } = await rollout.read();
      expect(status?.readyReplicas).to.equal(1);
      expect(status?.unavailableReplicas).to.equal(1);
    });
    expect((await rollout.read()).status?.availableReplicas ?? 0).to.equal(0);
    expect((await rollout.condition('Available'))?.status).to.equal('False');
    await rollout.change({ minReadySeconds: 0 });
    await rollout.complete();
  });

  it('make a pod available by themselves once it was ready for minReadySeconds, and not before', async () => {
    const rollout = await Rollout.settled(cluster(), { replicas: 1, minReadySeconds: 2 });
    const nowMs = Date.now();
    const [pod] = await rollout.pods();
    const ready = pod?.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(nowMs - ready!.lastTransitionTime!.getTime()).to.be.at.least(2_000);
  });

  it('scale their replicaset up and down', async () => {
    const rollout = await Rollout.settled(cluster(), { replicas: 1 });
    await rollout.scale(4);
    await rollout.complete();
    await rollout.scale(1);
    await rollout.complete();
    expect(await rollout.replicaSets()).to.have.length(1);
    await eventually(async () => expect(await rollout.pods()).to.have.length(1));
  });

  it('scaled to zero and back keep their replicaset', async () => {
    const rollout = await Rollout.settled(cluster(), { replicas: 1 });
    const [before] = await rollout.replicaSets();
    await rollout.scale(0);
    await rollout.complete();
    await eventually(async () => expect(await rollout.pods()).to.deep.equal([]));
    await rollout.scale(2);
    await rollout.complete();
    expect((await rollout.replicaSets()).map(({ metadata }) => metadata?.uid)).to.deep.equal([before!.metadata!.uid]);
  });

  it('do not roll out because of a new label of their own', async () => {
    const rollout = await Rollout.settled(cluster(), { replicas: 1 });
    const body = { metadata: { labels: { 'example.com/load': '60' } } };
    const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
    await cluster().apps.patchNamespacedDeployment({ namespace: rollout.namespace, name: 'web', body }, merge);
    // What the controllers made of the label they made before they saw this.
    await rollout.scale(2);
    await rollout.complete();
    expect(await rollout.replicaSets()).to.have.length(1);
  });
});

onEachTarget('deployments that are made again', (cluster) => {
  it('adopt the replicaset that an earlier one of the same template left behind, and its pods', async () => {
    const rollout = await Rollout.settled(cluster(), { replicas: 1 });
    const [before] = await rollout.replicaSets();
    const { apps } = cluster();
    await apps.deleteNamespacedDeployment({ namespace: rollout.namespace, name: 'web', propagationPolicy: 'Orphan' });
    await eventually(async () => {
      expect((await rollout.replicaSets()).map(({ metadata }) => metadata?.ownerReferences)).to.deep.equal([undefined]);
      expect((await apps.listNamespacedDeployment({ namespace: rollout.namespace })).items).to.deep.equal([]);
    });
    // Left alone the replicaset works on; what it then does says that the controllers know that it has no owner any more.
    const orphan = { namespace: rollout.namespace, name: before!.metadata!.name! };
    const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
    await apps.patchNamespacedReplicaSet({ ...orphan, body: { spec: { replicas: 2 } } }, merge);
    await eventually(async () => expect((await apps.readNamespacedReplicaSet(orphan)).status?.readyReplicas).to.equal(2));
    const podsBefore = (await rollout.pods()).map(({ metadata }) => metadata!.uid!).sort();
    const { metadata } = await rollout.create({ replicas: 2 });
    await rollout.complete();
    const [after, ...others] = await rollout.replicaSets();
    expect(others).to.deep.equal([]);
    expect(after?.metadata?.uid).to.equal(before?.metadata?.uid);
    expect(after?.metadata?.ownerReferences?.map(({ uid }) => uid)).to.deep.equal([metadata!.uid]);
    expect((await rollout.pods()).map((pod) => pod.metadata!.uid!).sort()).to.deep.equal(podsBefore);
  });
});
