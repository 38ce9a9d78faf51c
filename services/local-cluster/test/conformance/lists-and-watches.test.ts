import type { V1ConfigMap, V1ConfigMapList } from '@kubernetes/client-node';
import { expect } from 'chai';
import { pod } from './support/manifests.js';
import { onEachTarget } from './support/on-each-target.js';
import type { Recording } from './support/recording.js';
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

onEachTarget('watches', (cluster) => {
  const shortOf = ({ events }: Recording<V1ConfigMap>) =>
    events.map(({ type, object }) => `${type} ${object.metadata?.name ?? ''}`);
  let recordings: Recording<V1ConfigMap>[] = [];

  afterEach(async () => {
    await Promise.all(recordings.map((recording) => recording.stop()));
    recordings = [];
  });

  async function watchConfigMaps(namespace: string, params: Record<string, string | number | boolean>) {
    const recording = await cluster().record<V1ConfigMap>(`/api/v1/namespaces/${namespace}/configmaps`, params);
    recordings.push(recording);
    return recording;
  }

  /** Labels, so that what the controllers put into a new namespace does not show. */
  async function create(namespace: string, name: string, labels: Record<string, string> = {}) {
    const body = { metadata: { name, labels: { case: 'watch', ...labels } } };
    return cluster().core.createNamespacedConfigMap({ namespace, body });
  }

  async function relabel(namespace: string, name: string, labels: Record<string, string>) {
    const body = { metadata: { name, labels } };
    return cluster().core.replaceNamespacedConfigMap({ namespace, name, body });
  }

  it('tell everything that happened since a resourceVersion, in order, and then what happens', async () => {
    const namespace = await cluster().namespace();
    const labelSelector = 'case=watch';
    const { metadata } = await create(namespace, 'before');
    await create(namespace, 'a');
    await relabel(namespace, 'a', { case: 'watch', changed: 'yes' });
    await cluster().core.deleteNamespacedConfigMap({ namespace, name: 'a' });
    const recording = await watchConfigMaps(namespace, { labelSelector, resourceVersion: metadata!.resourceVersion! });
    await create(namespace, 'last');
    await recording.until(({ object }) => object.metadata?.name === 'last');
    expect(shortOf(recording)).to.deep.equal(['ADDED a', 'MODIFIED a', 'DELETED a', 'ADDED last']);
    const versions = recording.events.map(({ object }) => Number(object.metadata?.resourceVersion));
    expect(versions).to.deep.equal([...versions].sort((left, right) => left - right));
    expect(recording.events[2]?.object.metadata?.labels).to.include({ changed: 'yes' });
  });

  it('without a resourceVersion begin with what exists', async () => {
    const namespace = await cluster().namespace();
    await create(namespace, 'a');
    await create(namespace, 'b');
    const recording = await watchConfigMaps(namespace, { labelSelector: 'case=watch' });
    await create(namespace, 'c');
    await recording.until(({ object }) => object.metadata?.name === 'c');
    expect(shortOf(recording)).to.deep.equal(['ADDED a', 'ADDED b', 'ADDED c']);
  });

  it('from resourceVersion 0 begin with what exists, however old', async () => {
    const namespace = await cluster().namespace();
    await create(namespace, 'a');
    const recording = await watchConfigMaps(namespace, { labelSelector: 'case=watch', resourceVersion: '0' });
    await recording.until(({ type, object }) => type === 'ADDED' && object.metadata?.name === 'a');
  });

  it('with a selector tell an object that begins to match as added and one that ceases to as deleted', async () => {
    const namespace = await cluster().namespace();
    const { metadata } = await create(namespace, 'a', { shown: 'no' });
    const recording = await watchConfigMaps(namespace, {
      labelSelector: 'shown=yes',
      resourceVersion: metadata!.resourceVersion!,
    });
    await relabel(namespace, 'a', { shown: 'yes' });
    await relabel(namespace, 'a', { shown: 'no' });
    await create(namespace, 'end', { shown: 'yes' });
    await recording.until(({ object }) => object.metadata?.name === 'end');
    expect(shortOf(recording)).to.deep.equal(['ADDED a', 'DELETED a', 'ADDED end']);
  });

  it('of one name tell of that object only', async () => {
    const namespace = await cluster().namespace();
    const { metadata } = await create(namespace, 'other');
    const recording = await watchConfigMaps(namespace, {
      fieldSelector: 'metadata.name=a',
      resourceVersion: metadata!.resourceVersion!,
    });
    await create(namespace, 'b');
    await create(namespace, 'a');
    await recording.until(({ object }) => object.metadata?.name === 'a');
    expect(shortOf(recording)).to.deep.equal(['ADDED a']);
  });

  it('end when their time is up', async () => {
    const namespace = await cluster().namespace();
    const recording = await watchConfigMaps(namespace, { timeoutSeconds: 1 });
    await recording.ended;
  });

  it('bookmark how far they have come before their time is up', async () => {
    const namespace = await cluster().namespace();
    const { metadata } = await create(namespace, 'a');
    const recording = await watchConfigMaps(namespace, {
      labelSelector: 'case=nothing',
      resourceVersion: metadata!.resourceVersion!,
      allowWatchBookmarks: true,
      timeoutSeconds: 3,
    });
    await create(namespace, 'b');
    await recording.ended;
    const bookmarks = recording.events.filter(({ type }) => type === 'BOOKMARK');
    expect(bookmarks).to.have.length.greaterThan(0);
  });

  it('across all namespaces tell of each', async () => {
    const [one, two] = [await cluster().namespace(), await cluster().namespace()];
    const { metadata } = await create(one, 'start');
    const recording = await cluster().record<V1ConfigMap>('/api/v1/configmaps', {
      labelSelector: 'case=watch',
      resourceVersion: metadata!.resourceVersion!,
    });
    recordings.push(recording);
    await create(one, 'a');
    await create(two, 'a');
    await recording.until(({ object }) => object.metadata?.namespace === two);
    expect(recording.events.map(({ object }) => object.metadata?.namespace)).to.deep.equal([one, two]);
  });
});

onEachTarget('history that is no longer kept', (cluster) => {
  let namespace: string;
  let resourceVersion: string;
  let _continue: string;

  before(async () => {
    namespace = await cluster().namespace();
    const { core } = cluster();
    for (const name of ['a', 'b', 'c']) {
      await core.createNamespacedEvent({ namespace, body: { metadata: { name }, involvedObject: { namespace } } });
    }
    const { metadata } = await core.listNamespacedEvent({ namespace, limit: 1 });
    resourceVersion = metadata!.resourceVersion!;
    _continue = metadata!._continue!;
    await core.deleteNamespacedEvent({ namespace, name: 'b' });
    await cluster().forgetEventHistory(namespace);
  });

  it('is answered by a watch with the error 410 Expired, and the watch ends', async () => {
    const recording = await cluster().record(`/api/v1/namespaces/${namespace}/events`, { resourceVersion });
    const { object } = await recording.until(({ type }) => type === 'ERROR');
    expect(object).to.deep.include({ kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 });
    await recording.ended;
  });

  it('is answered by a page of a list that began too long ago with 410 Expired', async () => {
    const status = await refusal(cluster().core.listNamespacedEvent({ namespace, limit: 1, _continue }));
    expect(essence(status)).to.deep.include({ code: 410, reason: 'Expired' });
  });

  it('does not keep a new list and a new watch from working', async () => {
    const { metadata, items } = await cluster().core.listNamespacedEvent({ namespace });
    expect(items.map(({ metadata: item }) => item.name))
      .to.include.members(['a', 'c'])
      .and.not.include('b');
    const recording = await cluster().record(`/api/v1/namespaces/${namespace}/events`, {
      resourceVersion: metadata!.resourceVersion!,
    });
    await cluster().core.createNamespacedEvent({ namespace, body: { metadata: { name: 'd' }, involvedObject: { namespace } } });
    const { type } = await recording.until(({ object }) => object.metadata?.name === 'd');
    await recording.stop();
    expect(type).to.equal('ADDED');
  });
});
