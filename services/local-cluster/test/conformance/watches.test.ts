import type { V1ConfigMap } from '@kubernetes/client-node';
import { expect } from 'chai';
import { onEachTarget } from './support/on-each-target.js';
import { eventually } from './support/eventually.js';
import type { Recording } from './support/recording.js';
import { essence, refusal } from './support/refusal.js';

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
    // A server that is short of time sends none: no single watch is promised one. Nor does it send one that tells nothing new.
    let tries = 0;
    const bookmark = await eventually(async () => {
      const recording = await watchConfigMaps(namespace, {
        labelSelector: 'case=nothing',
        resourceVersion: metadata!.resourceVersion!,
        allowWatchBookmarks: true,
        timeoutSeconds: 3,
      });
      tries += 1;
      await create(namespace, `b-${tries}`);
      await recording.ended;
      const found = recording.events.find(({ type }) => type === 'BOOKMARK');
      expect(found).to.not.equal(undefined);
      return found!;
    });
    expect(Number(bookmark.object.metadata?.resourceVersion)).to.be.at.least(Number(metadata?.resourceVersion));
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
    // Compaction keeps the very last change, which the watch would begin with.
    await core.createNamespacedEvent({ namespace, body: { metadata: { name: 'last' }, involvedObject: { namespace } } });
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
