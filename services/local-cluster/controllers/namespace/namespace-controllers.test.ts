import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import type { KubeObject, Namespace } from '#shared/kube/wire.js';
import { silentLogger } from '#shared/observe/logger.js';
import { discoverResources, resourceOf } from '../machinery/api-resources.js';
import type { Controller } from '../machinery/controller-context.js';
import { FakeClient } from '../test/support/fake-client.js';
import { ManualFeed } from '../test/support/manual-feed.js';
import { podOf } from '../test/support/objects.js';
import { RecordedEvents } from '../test/support/recorded-events.js';
import { startNamespaceController } from './namespace-controller.js';
import { startServiceAccountController } from './service-account-controller.js';

const verbs = ['create', 'delete', 'deletecollection', 'list', 'watch'];
const discovery: Record<string, unknown> = {
  '/apis': { groups: [{ name: 'apps', versions: [], preferredVersion: { groupVersion: 'apps/v1' } }] },
  '/api/v1': {
    resources: [
      { name: 'pods', kind: 'Pod', namespaced: true, verbs },
      { name: 'pods/status', kind: 'Pod', namespaced: true, verbs: ['get'] },
      { name: 'nodes', kind: 'Node', namespaced: false, verbs },
      { name: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true, verbs },
      { name: 'bindings', kind: 'Binding', namespaced: true, verbs: ['create'] },
    ],
  },
  '/apis/apps/v1': { resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, verbs }] },
};

function namespaceOf(name: string, isDeleted = false): Namespace {
  return {
    metadata: { name, uid: `uid-${name}`, ...(isDeleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
    spec: { finalizers: ['example.com/mine', 'kubernetes'] },
  };
}

describe('discovery of kinds', () => {
  it('finds every kind with its paths, without subresources', async () => {
    const client = new FakeClient();
    client.answer = ({ path }) => discovery[path];
    const resources = await discoverResources(client);
    expect(resources.map(({ name }) => name)).to.deep.equal(['pods', 'nodes', 'serviceaccounts', 'bindings', 'deployments']);
    const deployments = resourceOf(resources, 'apps/v1beta1', 'Deployment');
    expect(deployments?.collection()).to.equal('/apis/apps/v1/deployments');
    expect(deployments?.object('ns', 'a')).to.equal('/apis/apps/v1/namespaces/ns/deployments/a');
    expect(resourceOf(resources, 'v1', 'Node')?.object('ns', 'a')).to.equal('/api/v1/nodes/a');
    expect(resourceOf(resources, 'example.com/v1', 'Deployment')).to.equal(undefined);
  });
});

describe('namespace controllers', () => {
  let client: FakeClient;
  let clock: ManualClock;
  let namespaces: ManualFeed<Namespace>;
  let contents: ManualFeed<KubeObject>;
  /** Paths of collections that are not empty. */
  let filled: Set<string>;
  let controller: Controller;

  const context = () => ({ client, events: new RecordedEvents(), clock, logger: silentLogger });

  beforeEach(() => {
    client = new FakeClient();
    clock = new ManualClock();
    namespaces = new ManualFeed();
    contents = new ManualFeed();
    filled = new Set();
    client.answer = ({ method, path }) => {
      if (method !== 'get') return undefined;
      return discovery[path] ?? { items: filled.has(path) ? [{}] : [] };
    };
  });

  afterEach(() => controller.stop());

  async function startEmptying(): Promise<void> {
    const resources = await discoverResources(client);
    client.calls.length = 0;
    controller = startNamespaceController(context(), { namespaces, contents: [contents] }, resources);
  }

  const deployments = '/apis/apps/v1/namespaces/infer/deployments';
  const pods = '/api/v1/namespaces/infer/pods';
  const changes = () => client.calls.filter(({ method }) => method !== 'get').map(({ method, path }) => `${method} ${path}`);

  it('empty a namespace that is being deleted, and let it go once nothing is left', async () => {
    await startEmptying();
    filled.add(deployments).add(pods);
    client.answer = ({ method, path }) => {
      if (method === 'delete' && path === deployments) filled.delete(path);
      return method === 'get' ? { items: filled.has(path) ? [{}] : [] } : undefined;
    };
    contents.put(podOf('a'));
    namespaces.put(namespaceOf('infer', true));
    await clock.advance(0);
    expect(changes()).to.have.members([`delete ${deployments}`, `delete ${pods}`]);
    filled.clear();
    contents.remove(podOf('a'));
    await clock.advance(0);
    expect(client.made('replace')).to.have.length(1);
    expect(client.made('replace')[0]).to.deep.include({ path: '/api/v1/namespaces/infer/finalize' });
    expect((client.made('replace')[0]?.body as Namespace).spec?.finalizers).to.deep.equal(['example.com/mine']);
  });

  it('look again after a while at what ends unseen', async () => {
    await startEmptying();
    filled.add(deployments);
    namespaces.put(namespaceOf('infer', true));
    await clock.advance(1999);
    filled.clear();
    expect(client.made('replace')).to.deep.equal([]);
    await clock.advance(1);
    expect(client.made('replace')).to.have.length(1);
  });

  it('leave a namespace alone that nobody deletes', async () => {
    await startEmptying();
    contents.put(podOf('a'));
    namespaces.put(namespaceOf('infer'));
    contents.remove(podOf('a'));
    await clock.advance(60_000);
    expect(client.calls).to.deep.equal([]);
  });

  it('give every namespace its default account, and give it back, but not to one that is going', async () => {
    const resources = await discoverResources(client);
    const accounts = resourceOf(resources, 'v1', 'ServiceAccount')!;
    const account = { metadata: { name: 'default', namespace: 'has', uid: 'uid-account' } };
    contents.put(account);
    for (const namespace of [namespaceOf('infer'), namespaceOf('has'), namespaceOf('going', true)]) namespaces.put(namespace);
    controller = startServiceAccountController(context(), { namespaces, serviceAccounts: contents }, accounts);
    await clock.advance(0);
    expect(changes()).to.deep.equal(['create /api/v1/namespaces/infer/serviceaccounts']);
    contents.remove(account);
    await clock.advance(0);
    expect(changes()).to.include('create /api/v1/namespaces/has/serviceaccounts');
  });
});
