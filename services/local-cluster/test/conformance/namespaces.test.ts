import { expect } from 'chai';
import { eventually } from './support/eventually.js';
import { deployment, pod } from './support/manifests.js';
import { onEachTarget } from './support/on-each-target.js';
import { essence, refusal } from './support/refusal.js';

onEachTarget('namespaces', (cluster) => {
  it('are active from the start, with a finalizer and their name as a label', async () => {
    const created = await cluster().core.createNamespace({ body: { metadata: { name: 'fresh' } } });
    expect(created.status?.phase).to.equal('Active');
    expect(created.spec?.finalizers).to.deep.equal(['kubernetes']);
    expect(created.metadata?.labels).to.deep.equal({ 'kubernetes.io/metadata.name': 'fresh' });
  });

  it('exist by default: default and kube-system', async () => {
    await eventually(async () => {
      const { items } = await cluster().core.listNamespace();
      expect(items.map(({ metadata }) => metadata?.name)).to.include.members(['default', 'kube-system']);
    });
  });

  it('get a default service account', async () => {
    const namespace = await cluster().namespace();
    const account = await eventually(() => cluster().core.readNamespacedServiceAccount({ name: 'default', namespace }));
    expect(account.metadata?.namespace).to.equal(namespace);
  });

  it('must exist before anything is created in them', async () => {
    const status = await refusal(
      cluster().core.createNamespacedConfigMap({ namespace: 'no-such-namespace', body: { metadata: { name: 'a' } } }),
    );
    expect(essence(status)).to.deep.equal({ code: 404, reason: 'NotFound', kind: 'namespaces', name: 'no-such-namespace' });
    expect(status.message).to.equal('namespaces "no-such-namespace" not found');
  });

  it('must be the one that the path names', async () => {
    const namespace = await cluster().namespace();
    const status = await refusal(
      cluster().core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'a', namespace: 'default' } } }),
    );
    expect(essence(status)).to.deep.include({ code: 400, reason: 'BadRequest' });
  });

  it('terminate when deleted, take nothing new meanwhile, and are gone with all their contents', async () => {
    const { core, apps, pods } = cluster();
    const namespace = await cluster().namespace();
    pods.hold(namespace);
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'settings' } } });
    await apps.createNamespacedDeployment({ namespace, body: deployment('web') });
    const bound = await core.createNamespacedPod({ namespace, body: pod('held', { nodeName: 'worker-1' }) });

    const deleted = await core.deleteNamespace({ name: namespace });
    expect(deleted).to.have.nested.property('status.phase', 'Terminating');
    const during = await core.readNamespace({ name: namespace });
    expect(during.status?.phase).to.equal('Terminating');
    expect(during.metadata?.deletionTimestamp).to.be.instanceOf(Date);

    const status = await refusal(core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'late' } } }));
    expect(essence(status)).to.deep.equal({
      code: 403,
      reason: 'Forbidden',
      kind: 'configmaps',
      name: 'late',
      causes: ['metadata.namespace: NamespaceTerminating'],
    });

    // The pods are the kubelet's to end: while one is left, so is the namespace.
    const held = await eventually(async () => {
      const { items } = await core.listNamespacedPod({ namespace });
      expect(items.map(({ metadata }) => metadata?.deletionTimestamp)).to.not.include(undefined);
      return items;
    });
    expect(held.map(({ metadata }) => metadata?.name)).to.include('held');
    await pods.release(namespace);
    await eventually(async () => {
      expect(essence(await refusal(core.readNamespace({ name: namespace })))).to.deep.include({ code: 404, name: namespace });
    });
    expect((await refusal(core.readNamespacedPod({ name: bound.metadata!.name!, namespace }))).code).to.equal(404);
    expect((await apps.listDeploymentForAllNamespaces()).items.map((item) => item.metadata?.namespace)).to.not.include(namespace);
  });

  it('of the system cannot be deleted', async () => {
    const status = await refusal(cluster().core.deleteNamespace({ name: 'default' }));
    expect(essence(status)).to.deep.equal({ code: 403, reason: 'Forbidden', kind: 'namespaces', name: 'default' });
  });
});
