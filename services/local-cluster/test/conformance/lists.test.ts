import type { V1ConfigMap, V1ConfigMapList } from '@kubernetes/client-node';
import { expect } from 'chai';
import { pod } from './support/manifests.js';
import { onEachTarget } from './support/on-each-target.js';
import { essence, refusal } from './support/refusal.js';

onEachTarget('lists', (cluster) => {
  const namesOf = (items: readonly V1ConfigMap[]) => items.map(({ metadata }) => metadata?.name);

  async function fiveConfigMaps(): Promise<string> {
    const namespace = await cluster().namespace();
    for (const [name, labels] of [
      ['a', { tier: 'web', env: 'prod' }],
      ['b', { tier: 'web', env: 'test' }],
      ['c', { tier: 'db', env: 'prod' }],
      ['d', { env: 'prod' }],
      ['e', {}],
    ] as const) {
      await cluster().core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels } } });
    }
    return namespace;
  }

  for (const [labelSelector, expected] of [
    ['tier=web', ['a', 'b']],
    ['tier==web,env=prod', ['a']],
    ['tier!=web,env', ['c', 'd']],
    ['tier in (web, db),env notin (test)', ['a', 'c']],
    ['!tier,env', ['d']],
    ['env', ['a', 'b', 'c', 'd']],
    ['tier=none', []],
  ] as const) {
    it(`are narrowed by the label selector "${labelSelector}"`, async () => {
      const namespace = await fiveConfigMaps();
      const { items } = await cluster().core.listNamespacedConfigMap({ namespace, labelSelector });
      expect(namesOf(items).filter((name) => name !== 'kube-root-ca.crt')).to.deep.equal(expected);
    });
  }

  it('are narrowed by name and namespace as fields', async () => {
    const namespace = await fiveConfigMaps();
    const list = (fieldSelector: string) => cluster().core.listConfigMapForAllNamespaces({ fieldSelector });
    expect(namesOf((await list(`metadata.namespace=${namespace},metadata.name=b`)).items)).to.deep.equal(['b']);
    const others = await list(`metadata.namespace=${namespace},metadata.name!=b`);
    expect(namesOf(others.items)).to.include.members(['a', 'c', 'd', 'e']).and.not.include('b');
  });

  it('of pods are narrowed by node and phase as fields', async () => {
    const namespace = await cluster().namespace();
    cluster().pods.hold(namespace);
    const { core } = cluster();
    await core.createNamespacedPod({ namespace, body: pod('on-1', { nodeName: 'worker-1' }) });
    const second = await core.createNamespacedPod({ namespace, body: pod('on-2', { nodeName: 'worker-2' }) });
    await cluster().pods.ready(second);
    const list = async (fieldSelector: string) => {
      const { items } = await core.listNamespacedPod({ namespace, fieldSelector });
      return items.map(({ metadata }) => metadata?.name);
    };
    expect(await list('spec.nodeName=worker-1')).to.deep.equal(['on-1']);
    expect(await list('status.phase=Running')).to.deep.equal(['on-2']);
    expect(await list('status.phase!=Running,spec.nodeName!=')).to.deep.equal(['on-1']);
  });

  it('refuse a selector that is none and a field that is not selectable', async () => {
    const namespace = await cluster().namespace();
    const { core } = cluster();
    const noSelector = await refusal(core.listNamespacedConfigMap({ namespace, labelSelector: 'a in' }));
    expect(essence(noSelector)).to.deep.include({ code: 400, reason: 'BadRequest' });
    const noField = await refusal(core.listNamespacedConfigMap({ namespace, fieldSelector: 'data.a=b' }));
    expect(essence(noField)).to.deep.include({ code: 400, reason: 'BadRequest' });
  });

  it('come in pages that continue where the last one ended, all of one state', async () => {
    const namespace = await fiveConfigMaps();
    const { core } = cluster();
    const labelSelector = 'env';
    const first = await core.listNamespacedConfigMap({ namespace, labelSelector, limit: 2 });
    expect(namesOf(first.items)).to.deep.equal(['a', 'b']);
    const _continue = first.metadata!._continue!;
    await core.deleteNamespacedConfigMap({ namespace, name: 'c' });
    const second = await core.listNamespacedConfigMap({ namespace, labelSelector, limit: 10, _continue });
    expect(namesOf(second.items)).to.deep.equal(['c', 'd']);
    expect(second.metadata?._continue ?? '').to.equal('');
    expect(second.metadata?.resourceVersion).to.equal(first.metadata?.resourceVersion);
  });

  it('carry a resourceVersion that no object of theirs exceeds', async () => {
    const namespace = await fiveConfigMaps();
    const { metadata, items } = await cluster().core.listNamespacedConfigMap({ namespace });
    for (const item of items) expect(Number(item.metadata?.resourceVersion)).to.be.at.most(Number(metadata?.resourceVersion));
  });

  it('leave kind and apiVersion to the list', async () => {
    const namespace = await fiveConfigMaps();
    const { body } = await cluster().request<V1ConfigMapList>('GET', `/api/v1/namespaces/${namespace}/configmaps`);
    expect(body).to.include({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(body.items[0]).to.not.have.any.keys('kind', 'apiVersion');
  });

  it('can be deleted as a whole, by selector', async () => {
    const namespace = await fiveConfigMaps();
    const { core } = cluster();
    await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: 'env=prod' });
    const { items } = await core.listNamespacedConfigMap({ namespace });
    expect(namesOf(items).filter((name) => name !== 'kube-root-ca.crt')).to.deep.equal(['b', 'e']);
  });
});
