import type { V1Deployment, V1Pod, V1ReplicaSet } from '@kubernetes/client-node';
import { expect } from 'chai';
import { eventually } from './support/eventually.js';
import { onEachTarget } from './support/on-each-target.js';
import { Rollout } from './support/rollout.js';

const revisionKey = 'deployment.kubernetes.io/revision';
const revisionOf = ({ metadata }: V1Deployment | V1ReplicaSet) => metadata?.annotations?.[revisionKey];

onEachTarget('rolling updates', (cluster) => {
  for (const { replicas, maxSurge, maxUnavailable, most, least } of [
    { replicas: 4, maxSurge: 1, maxUnavailable: 0, most: 5, least: 4 },
    { replicas: 4, maxSurge: 0, maxUnavailable: 1, most: 4, least: 3 },
    { replicas: 6, maxSurge: '50%', maxUnavailable: '50%', most: 9, least: 3 },
    { replicas: 5, maxSurge: '25%', maxUnavailable: '25%', most: 7, least: 4 },
    { replicas: 1, maxSurge: '25%', maxUnavailable: '25%', most: 2, least: 1 },
  ]) {
    it(`of ${replicas} replicas with surge ${maxSurge} and unavailable ${maxUnavailable} want at most ${most} and keep ${least}`, async () => {
      const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } };
      const rollout = await Rollout.settled(cluster(), { replicas, strategy });
      const { namespace } = rollout;
      const sets = await cluster().follow<V1ReplicaSet>(`/apis/apps/v1/namespaces/${namespace}/replicasets`);
      const pods = await cluster().follow<V1Pod>(`/api/v1/namespaces/${namespace}/pods`);
      await rollout.toVersion(2);
      await rollout.complete();
      // All that a rollout does lies before the end of its last old pod and the last count of its new ones.
      const { metadata } = await rollout.replicaSetOf(2);
      await sets.until(({ object }) => object.metadata?.uid === metadata?.uid && object.status?.availableReplicas === replicas);
      await eventually(() => expect(pods.events.filter(({ type }) => type === 'DELETED')).to.have.length.of.at.least(replicas));
      await Promise.all([sets.stop(), pods.stop()]);
      const wanted = totals(sets.events.map(({ type, object }) => [type, object.metadata!.uid!, object.spec!.replicas!]));
      expect(Math.max(...wanted)).to.be.at.most(most);
      const available = totals(pods.events.map(({ type, object }) => [type, object.metadata!.uid!, isAvailable(object) ? 1 : 0]));
      expect(Math.min(...available.slice(replicas - 1))).to.be.at.least(least);
      expect(await rollout.wantedByVersion()).to.deep.equal({ 2: replicas });
    });
  }

  it('wait for new pods to be ready before they take more old ones', async () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } };
    const rollout = await Rollout.settled(cluster(), { replicas: 4, strategy });
    rollout.hold();
    await rollout.toVersion(2);
    await rollout.seen();
    await eventually(async () => expect(await rollout.wantedByVersion()).to.deep.equal({ 1: 3, 2: 2 }));
    // The status follows the ReplicaSets' own status, a few writes behind what is wanted.
    await eventually(async () => expect((await rollout.read()).status).to.deep.include({ updatedReplicas: 2 }));
    await eventually(async () => expect((await rollout.condition('Progressing'))?.status).to.equal('True'));
    // One new pod becomes ready: one more old replica may go, and a new one come.
    const created = await eventually(async () => {
      const { metadata } = await rollout.replicaSetOf(2);
      const owned = (await rollout.pods()).filter((pod) => pod.metadata?.ownerReferences?.[0]?.uid === metadata?.uid);
      const bound = owned.filter(({ spec }) => spec?.nodeName !== undefined);
      expect(bound).to.have.length(2);
      return bound;
    });
    await cluster().pods.ready(created[0]!);
    await eventually(async () => expect(await rollout.wantedByVersion()).to.deep.equal({ 1: 2, 2: 3 }));
  });

  it('keep the replicas when only the template changes, also after scaling by hand', async () => {
    const rollout = await Rollout.settled(cluster(), { replicas: 2 });
    await rollout.scale(5);
    await rollout.complete();
    await rollout.toVersion(2);
    await rollout.complete();
    expect((await rollout.read()).spec?.replicas).to.equal(5);
    expect(await rollout.wantedByVersion()).to.deep.equal({ 2: 5 });
  });

  it('count revisions on the deployment and on its replicasets', async () => {
    const rollout = await Rollout.settled(cluster(), { replicas: 1 });
    await eventually(async () => expect(revisionOf(await rollout.read())).to.equal('1'));
    await rollout.toVersion(2);
    await rollout.complete();
    await eventually(async () => {
      expect(revisionOf(await rollout.read())).to.equal('2');
      expect(revisionOf(await rollout.replicaSetOf(1))).to.equal('1');
      expect(revisionOf(await rollout.replicaSetOf(2))).to.equal('2');
    });
  });

  it('back to an earlier template use its replicaset again, as a new revision', async () => {
    const rollout = await Rollout.settled(cluster(), { replicas: 2 });
    const first = await rollout.replicaSetOf(1);
    await rollout.toVersion(2);
    await rollout.complete();
    await rollout.toVersion(1);
    await rollout.complete();
    const sets = await rollout.replicaSets();
    expect(sets).to.have.length(2);
    await eventually(async () => {
      const again = await rollout.replicaSetOf(1);
      expect(again.metadata?.uid).to.equal(first.metadata?.uid);
      expect(revisionOf(again)).to.equal('3');
      expect(again.metadata?.annotations?.['deployment.kubernetes.io/revision-history']).to.equal('1');
      expect(revisionOf(await rollout.read())).to.equal('3');
    });
    expect(await rollout.wantedByVersion()).to.deep.equal({ 1: 2 });
  });

  it('keep no more old replicasets than the history limit says', async () => {
    const rollout = await Rollout.settled(cluster(), { replicas: 1, revisionHistoryLimit: 1 });
    for (const number of [2, 3, 4]) {
      await rollout.toVersion(number);
      await rollout.complete();
    }
    await eventually(async () => {
      const revisions = (await rollout.replicaSets()).map(revisionOf).sort();
      expect(revisions).to.deep.equal(['3', '4']);
    });
  });

  it('that are overtaken by a newer template give up the one between', async () => {
    const rollout = await Rollout.settled(cluster(), { replicas: 3 });
    rollout.hold();
    await rollout.toVersion(2);
    await eventually(async () => expect(await rollout.wantedByVersion()).to.have.property('2'));
    await rollout.toVersion(3);
    await eventually(async () => {
      const wanted = await rollout.wantedByVersion();
      expect(wanted).to.have.property('3');
      expect(wanted).to.not.have.property('2');
    });
    expect((await rollout.wantedByVersion())['1']).to.be.at.least(3);
  });

  it('do not begin while paused, and go on when resumed', async () => {
    const rollout = await Rollout.settled(cluster(), { replicas: 2 });
    await rollout.change({ paused: true });
    await rollout.toVersion(2);
    await rollout.seen();
    expect(await rollout.wantedByVersion()).to.deep.equal({ 1: 2 });
    await eventually(async () => expect(await rollout.condition('Progressing')).to.deep.include({ reason: 'DeploymentPaused' }));
    await rollout.scale(3);
    await eventually(async () => expect(await rollout.wantedByVersion()).to.deep.equal({ 1: 3 }));
    await rollout.change({ paused: false });
    await rollout.complete();
    expect(await rollout.wantedByVersion()).to.deep.equal({ 2: 3 });
  });

  it('that are scaled halfway share the new replicas in proportion', async () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
    const rollout = await Rollout.settled(cluster(), { replicas: 10, strategy });
    rollout.hold();
    await rollout.toVersion(2);
    await eventually(async () => expect(await rollout.wantedByVersion()).to.deep.equal({ 1: 8, 2: 5 }));
    await rollout.scale(15);
    // 18 = 15 + surge; of the 5 more, the old one's share is 8/13 and the new one's 5/13.
    await eventually(async () => expect(await rollout.wantedByVersion()).to.deep.equal({ 1: 11, 2: 7 }));
  });

  it('whose pods never become ready are told to have missed their deadline, and lose nothing', async () => {
    const rollout = await Rollout.settled(cluster(), { replicas: 2, progressDeadlineSeconds: 1 });
    rollout.hold();
    await rollout.toVersion(2);
    await eventually(async () => {
      expect(await rollout.condition('Progressing')).to.deep.equal({ status: 'False', reason: 'ProgressDeadlineExceeded' });
    });
    expect((await rollout.read()).status?.availableReplicas).to.equal(2);
    expect((await rollout.condition('Available'))?.status).to.equal('True');
    // Late is not never: with its pods ready the rollout ends as any other.
    await rollout.release();
    await rollout.complete();
    await eventually(async () =>
      expect(await rollout.condition('Progressing')).to.deep.equal({ status: 'True', reason: 'NewReplicaSetAvailable' }),
    );
    expect(await rollout.wantedByVersion()).to.deep.equal({ 2: 2 });
  });

  it('by recreating end all old pods before the first new one', async () => {
    const rollout = await Rollout.settled(cluster(), { replicas: 3, strategy: { type: 'Recreate' } });
    const old = new Set((await rollout.pods()).map(({ metadata }) => metadata!.uid!));
    const pods = await cluster().follow<V1Pod>(`/api/v1/namespaces/${rollout.namespace}/pods`);
    await rollout.toVersion(2);
    await rollout.complete();
    await pods.until(({ object }) => !old.has(object.metadata!.uid!));
    await pods.stop();
    const firstNew = pods.events.findIndex(({ object }) => !old.has(object.metadata!.uid!));
    const gone = pods.events.slice(0, firstNew).filter(({ type }) => type === 'DELETED');
    expect(new Set(gone.map(({ object }) => object.metadata!.uid!))).to.deep.equal(old);
  });
});

/** The sum over all objects after each event of a watch. */
function totals(events: readonly (readonly [type: string, uid: string, count: number])[]): number[] {
  const counts = new Map<string, number>();
  return events.map(([type, uid, count]) => {
    if (type === 'DELETED') counts.delete(uid);
    else counts.set(uid, count);
    return [...counts.values()].reduce((sum, value) => sum + value, 0);
  });
}

function isAvailable({ metadata, status }: V1Pod): boolean {
  const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
  return ready && metadata?.deletionTimestamp === undefined;
}
