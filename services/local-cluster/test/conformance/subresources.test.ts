import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { V1Scale } from '@kubernetes/client-node';
import { expect } from 'chai';
import { eventually } from './support/eventually.js';
import { deployment, pod, replicaSet } from './support/manifests.js';
import { onEachTarget } from './support/on-each-target.js';
import { essence, refusal } from './support/refusal.js';

const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

onEachTarget('the scale of a deployment', (cluster) => {
  let namespace: string;
  const name = 'web';

  beforeEach(async () => {
    namespace = await cluster().namespace();
    await cluster().apps.createNamespacedDeployment({ namespace, body: deployment(name, { replicas: 1 }) });
  });

  const replicas = async () => (await cluster().apps.readNamespacedDeployment({ namespace, name })).spec?.replicas;

  it('says what is wanted, what is there, and by which selector', async () => {
    const scale = await eventually(async () => {
      const read = await cluster().apps.readNamespacedDeploymentScale({ namespace, name });
      expect(read.status?.replicas).to.equal(1);
      return read;
    });
    expect(scale).to.deep.include({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 1 },
      status: { replicas: 1, selector: 'app=web' },
    });
    expect(scale.metadata).to.deep.include({ name, namespace });
    expect(scale.metadata?.uid).to.equal((await cluster().apps.readNamespacedDeployment({ namespace, name })).metadata?.uid);
  });

  it('is replaced', async () => {
    const body: V1Scale = { metadata: { name, namespace }, spec: { replicas: 3 } };
    const scale = await cluster().apps.replaceNamespacedDeploymentScale({ namespace, name, body });
    expect(scale.spec?.replicas).to.equal(3);
    expect(await replicas()).to.equal(3);
  });

  it('is patched, and a new generation of the deployment is counted', async () => {
    const before = await cluster().apps.readNamespacedDeployment({ namespace, name });
    const scale = await cluster().apps.patchNamespacedDeploymentScale(
      { namespace, name, body: { spec: { replicas: 2 } } },
      merge,
    );
    expect(scale.spec?.replicas).to.equal(2);
    const after = await cluster().apps.readNamespacedDeployment({ namespace, name });
    expect(after.spec?.replicas).to.equal(2);
    expect(after.metadata!.generation!).to.equal(before.metadata!.generation! + 1);
  });

  it('to zero leaves no replica, and says so', async () => {
    await cluster().apps.patchNamespacedDeploymentScale({ namespace, name, body: { spec: { replicas: 0 } } }, merge);
    await eventually(async () => {
      expect((await cluster().apps.readNamespacedDeploymentScale({ namespace, name })).status?.replicas).to.equal(0);
      expect((await cluster().core.listNamespacedPod({ namespace })).items).to.deep.equal([]);
    });
  });

  it('below zero is refused with the cause', async () => {
    const body: V1Scale = { metadata: { name, namespace }, spec: { replicas: -1 } };
    const status = await refusal(cluster().apps.replaceNamespacedDeploymentScale({ namespace, name, body }));
    expect(essence(status)).to.deep.include({ code: 422, reason: 'Invalid', causes: ['spec.replicas: FieldValueInvalid'] });
    expect(await replicas()).to.equal(1);
  });

  it('with a stale resourceVersion is refused with 409', async () => {
    const scale = await cluster().apps.readNamespacedDeploymentScale({ namespace, name });
    await cluster().apps.patchNamespacedDeploymentScale({ namespace, name, body: { spec: { replicas: 2 } } }, merge);
    const body = { ...scale, spec: { replicas: 5 } };
    const status = await refusal(cluster().apps.replaceNamespacedDeploymentScale({ namespace, name, body }));
    expect(essence(status)).to.deep.include({ code: 409, reason: 'Conflict' });
  });

  it('of what does not exist is answered with 404', async () => {
    const status = await refusal(cluster().apps.readNamespacedDeploymentScale({ namespace, name: 'none' }));
    expect(essence(status)).to.deep.equal({ code: 404, reason: 'NotFound', kind: 'deployments', name: 'none' });
  });

  it('exists for replicasets too', async () => {
    await cluster().apps.createNamespacedReplicaSet({ namespace, body: replicaSet('alone', 0) });
    const scale = await cluster().apps.patchNamespacedReplicaSetScale(
      { namespace, name: 'alone', body: { spec: { replicas: 2 } } },
      merge,
    );
    expect(scale.spec?.replicas).to.equal(2);
    expect((await cluster().apps.readNamespacedReplicaSet({ namespace, name: 'alone' })).spec?.replicas).to.equal(2);
  });
});

onEachTarget('status subresources', (cluster) => {
  it('the status of a deployment is not changed through the object, nor the object through its status', async () => {
    const namespace = await cluster().namespace();
    const { apps } = cluster();
    const created = await apps.createNamespacedDeployment({
      namespace,
      body: { ...deployment('web', { replicas: 0, paused: true }), status: { replicas: 9 } },
    });
    expect(created.status?.replicas ?? 0).to.equal(0);
    const body = { spec: { replicas: 7 }, status: { collisionCount: 3 }, metadata: { labels: { via: 'status' } } };
    const patched = await apps.patchNamespacedDeploymentStatus({ namespace, name: 'web', body }, merge);
    expect(patched.spec?.replicas).to.equal(0);
    expect(patched.metadata?.labels).to.not.have.property('via');
    expect(patched.metadata?.generation).to.equal(1);
  });

  it('the status of a pod is set through its own path alone', async () => {
    const namespace = await cluster().namespace();
    const { core } = cluster();
    await core.createNamespacedPod({ namespace, body: { ...pod('a', { schedulerName: 'none' }), status: { phase: 'Running' } } });
    expect((await core.readNamespacedPod({ namespace, name: 'a' })).status?.phase).to.equal('Pending');
    const throughObject = await core.patchNamespacedPod({ namespace, name: 'a', body: { status: { podIP: '10.9.9.9' } } }, merge);
    expect(throughObject.status?.podIP).to.equal(undefined);
    const throughStatus = await core.patchNamespacedPodStatus(
      { namespace, name: 'a', body: { status: { phase: 'Running' } } },
      merge,
    );
    expect(throughStatus.status?.phase).to.equal('Running');
  });

  it('conditions of a pod are merged by their type in a strategic merge', async () => {
    const namespace = await cluster().namespace();
    const { core } = cluster();
    await core.createNamespacedPod({ namespace, body: pod('a', { schedulerName: 'none' }) });
    const set = (type: string, status: string) =>
      core.patchNamespacedPodStatus(
        { namespace, name: 'a', body: { status: { conditions: [{ type, status }] } } },
        setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
      );
    await set('Ready', 'False');
    await set('Initialized', 'True');
    const { status } = await set('Ready', 'True');
    const conditions = status?.conditions?.map((condition) => `${condition.type}=${condition.status}`).sort();
    expect(conditions).to.deep.equal(['Initialized=True', 'Ready=True']);
  });

  it('the controllers say which generation of a deployment they have seen', async () => {
    const namespace = await cluster().namespace();
    const { apps } = cluster();
    await apps.createNamespacedDeployment({ namespace, body: deployment('web', { replicas: 1 }) });
    await apps.patchNamespacedDeployment({ namespace, name: 'web', body: { spec: { replicas: 2 } } }, merge);
    await eventually(async () => {
      const { metadata, status } = await apps.readNamespacedDeployment({ namespace, name: 'web' });
      expect(metadata?.generation).to.equal(2);
      expect(status).to.deep.include({
        observedGeneration: 2,
        replicas: 2,
        readyReplicas: 2,
        availableReplicas: 2,
        updatedReplicas: 2,
      });
    });
  });
});

onEachTarget('binding a pod', (cluster) => {
  const bindingTo = (node: string) => ({ metadata: { name: 'a' }, target: { apiVersion: 'v1', kind: 'Node', name: node } });

  it('puts it on the node and marks it as scheduled', async () => {
    const namespace = await cluster().namespace();
    cluster().pods.hold(namespace);
    const { core } = cluster();
    await core.createNamespacedPod({ namespace, body: pod('a', { schedulerName: 'by-hand' }) });
    await core.createNamespacedPodBinding({ namespace, name: 'a', body: bindingTo('worker-1') });
    const { spec, status } = await core.readNamespacedPod({ namespace, name: 'a' });
    expect(spec?.nodeName).to.equal('worker-1');
    expect(status?.conditions?.map(({ type, status: value }) => `${type}=${value}`)).to.include('PodScheduled=True');
  });

  it('that is bound already is refused with 409', async () => {
    const namespace = await cluster().namespace();
    cluster().pods.hold(namespace);
    const { core } = cluster();
    await core.createNamespacedPod({ namespace, body: pod('a', { nodeName: 'worker-1' }) });
    const status = await refusal(core.createNamespacedPodBinding({ namespace, name: 'a', body: bindingTo('worker-2') }));
    expect(essence(status)).to.deep.include({ code: 409, reason: 'Conflict' });
  });

  it('that does not exist is answered with 404', async () => {
    const namespace = await cluster().namespace();
    const status = await refusal(
      cluster().core.createNamespacedPodBinding({ namespace, name: 'a', body: bindingTo('worker-1') }),
    );
    expect(status.code).to.equal(404);
  });
});
