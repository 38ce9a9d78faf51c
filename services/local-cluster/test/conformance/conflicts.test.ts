import { expect } from 'chai';
import { onEachTarget } from './support/on-each-target.js';
import { essence, refusal } from './support/refusal.js';

onEachTarget('replacing', (cluster) => {
  async function settings(namespace: string) {
    return cluster().core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: 'settings', labels: { a: 'b' } }, data: { a: '1' } },
    });
  }

  it('with the current resourceVersion succeeds and drops what is not sent', async () => {
    const namespace = await cluster().namespace();
    const { metadata } = await settings(namespace);
    const body = { metadata: { name: 'settings', resourceVersion: metadata!.resourceVersion! }, data: { b: '2' } };
    const replaced = await cluster().core.replaceNamespacedConfigMap({ namespace, name: 'settings', body });
    expect(replaced.data).to.deep.equal({ b: '2' });
    expect(replaced.metadata?.labels).to.equal(undefined);
    expect(replaced.metadata?.creationTimestamp).to.deep.equal(metadata?.creationTimestamp);
  });

  it('with a stale resourceVersion is refused with 409 Conflict', async () => {
    const namespace = await cluster().namespace();
    const created = await settings(namespace);
    const name = 'settings';
    await cluster().core.replaceNamespacedConfigMap({ namespace, name, body: { ...created, data: { a: '2' } } });
    const status = await refusal(
      cluster().core.replaceNamespacedConfigMap({ namespace, name, body: { ...created, data: { a: '3' } } }),
    );
    expect(essence(status)).to.deep.equal({ code: 409, reason: 'Conflict', kind: 'configmaps', name });
    expect(status.message).to.contain(
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  it('without a resourceVersion overwrites', async () => {
    const namespace = await cluster().namespace();
    await settings(namespace);
    const body = { metadata: { name: 'settings' }, data: { a: '9' } };
    const replaced = await cluster().core.replaceNamespacedConfigMap({ namespace, name: 'settings', body });
    expect(replaced.data).to.deep.equal({ a: '9' });
  });

  it('with the uid of another object is refused with 409 Conflict', async () => {
    const namespace = await cluster().namespace();
    await settings(namespace);
    const body = { metadata: { name: 'settings', uid: '00000000-0000-0000-0000-000000000000' } };
    const status = await refusal(cluster().core.replaceNamespacedConfigMap({ namespace, name: 'settings', body }));
    expect(essence(status)).to.deep.include({ code: 409, reason: 'Conflict' });
  });

  it('under another name than the path is refused with 400', async () => {
    const namespace = await cluster().namespace();
    await settings(namespace);
    const status = await refusal(
      cluster().core.replaceNamespacedConfigMap({ namespace, name: 'settings', body: { metadata: { name: 'other' } } }),
    );
    expect(essence(status)).to.deep.include({ code: 400, reason: 'BadRequest' });
  });

  it('what does not exist is answered with 404', async () => {
    const namespace = await cluster().namespace();
    const status = await refusal(
      cluster().core.replaceNamespacedConfigMap({ namespace, name: 'none', body: { metadata: { name: 'none' } } }),
    );
    expect(essence(status)).to.deep.equal({ code: 404, reason: 'NotFound', kind: 'configmaps', name: 'none' });
  });

  it('of two writers who read the same state exactly one succeeds', async () => {
    const namespace = await cluster().namespace();
    const created = await settings(namespace);
    const write = (value: string) =>
      cluster().core.replaceNamespacedConfigMap({ namespace, name: 'settings', body: { ...created, data: { a: value } } });
    const results = await Promise.allSettled(['2', '3', '4', '5'].map(write));
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
  });

  it('a lease hands over only to who saw its last holder', async () => {
    const namespace = await cluster().namespace();
    const { coordination } = cluster();
    const lease = await coordination.createNamespacedLease({
      namespace,
      body: { metadata: { name: 'leader' }, spec: { holderIdentity: 'one' } },
    });
    const claim = (holderIdentity: string) =>
      coordination.replaceNamespacedLease({
        namespace,
        name: 'leader',
        body: { ...lease, spec: { ...lease.spec, holderIdentity } },
      });
    const claims = await Promise.allSettled([claim('two'), claim('three')]);
    expect(claims.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
  });
});
