import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import type { KubeObject } from '#shared/kube/wire.js';
import { silentLogger } from '#shared/observe/logger.js';
import type { ApiResource } from '../machinery/api-resources.js';
import type { Controller } from '../machinery/controller-context.js';
import { conflict, FakeClient, notFound } from '../test/support/fake-client.js';
import { ManualFeed } from '../test/support/manual-feed.js';
import { RecordedEvents } from '../test/support/recorded-events.js';
import { startGarbageCollector } from './garbage-collector.js';

interface Wish {
  owners?: { name: string; blocks?: boolean; uid?: string; kind?: string }[];
  finalizers?: string[];
  deleted?: boolean;
  namespace?: string;
}

describe('garbage collector', () => {
  let client: FakeClient;
  let clock: ManualClock;
  let things: ManualFeed<KubeObject>;
  let collector: Controller;

  const resource: ApiResource = {
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    name: 'things',
    namespaced: true,
    verbs: ['list', 'watch', 'delete'],
    collection: (namespace = '') => `/things/${namespace}`,
    object: (namespace, name) => `/things/${namespace}/${name}`,
  };

  function thing(name: string, { owners = [], finalizers = [], deleted = false, namespace = 'ns' }: Wish = {}): KubeObject {
    return {
      metadata: {
        name,
        namespace,
        uid: `uid-${name}`,
        resourceVersion: '7',
        finalizers,
        ownerReferences: owners.map(({ name: owner, blocks = true, uid = `uid-${owner}`, kind = 'Thing' }) => ({
          apiVersion: 'example.com/v1',
          kind,
          name: owner,
          uid,
          blockOwnerDeletion: blocks,
        })),
        ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
      },
    };
  }

  function start(...objects: KubeObject[]): void {
    for (const object of objects) things.put(object);
    const context = { client, events: new RecordedEvents(), clock, logger: silentLogger };
    collector = startGarbageCollector(context, [{ resource, feed: things }], [resource]);
  }

  beforeEach(() => {
    client = new FakeClient();
    clock = new ManualClock();
    things = new ManualFeed();
    // Whoever is asked for that no cache has, is not there.
    client.answer = ({ method, path }) => {
      if (method === 'get') throw notFound(path);
      return undefined;
    };
  });

  afterEach(() => collector.stop());

  const deletions = () =>
    client.made('delete').map(({ path, body }) => [path, (body as { propagationPolicy: string }).propagationPolicy]);

  it('leaves alone what has no owner, and what has one that lives', async () => {
    start(thing('owner'), thing('owned', { owners: [{ name: 'owner' }] }));
    await clock.advance(0);
    things.put(thing('later', { owners: [{ name: 'owner' }] }));
    await clock.advance(1000);
    expect(client.calls).to.deep.equal([]);
  });

  it('deletes the version that it judged of what has lost its only owner', async () => {
    start(thing('owner'), thing('owned', { owners: [{ name: 'owner' }] }));
    things.remove(thing('owner'));
    await clock.advance(0);
    expect(client.made('delete')).to.deep.equal([
      {
        method: 'delete',
        path: '/things/ns/owned',
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          preconditions: { uid: 'uid-owned', resourceVersion: '7' },
          propagationPolicy: 'Background',
        },
      },
    ]);
  });

  it('collects what lost its owner while nobody was looking', async () => {
    start(thing('owned', { owners: [{ name: 'owner' }] }));
    await clock.advance(0);
    expect(deletions()).to.deep.equal([['/things/ns/owned', 'Background']]);
  });

  it('asks before it believes that an owner is gone: the cache may lag behind', async () => {
    client.answer = ({ method }) => (method === 'get' ? thing('owner') : undefined);
    start(thing('owned', { owners: [{ name: 'owner' }] }));
    await clock.advance(1000);
    expect(client.made('get').map(({ path }) => path)).to.deep.equal(['/things/ns/owner']);
    expect(deletions()).to.deep.equal([]);
  });

  it('takes another object of the owner’s name, or one in another namespace, for no owner', async () => {
    start(
      thing('owner'),
      thing('a', { owners: [{ name: 'owner', uid: 'uid-before' }] }),
      thing('b', { owners: [{ name: 'owner' }], namespace: 'elsewhere' }),
    );
    client.answer = ({ method, path }) => {
      if (method !== 'get') return undefined;
      if (path === '/things/ns/owner') return thing('owner');
      throw notFound(path);
    };
    await clock.advance(0);
    expect(deletions().map(([path]) => path)).to.have.members(['/things/ns/a', '/things/elsewhere/b']);
  });

  it('never deletes on ignorance: an owner of an unknown kind lives, an API server in trouble is asked again', async () => {
    client.answer = ({ method, path }) => {
      if (method === 'get') throw conflict(path);
      return undefined;
    };
    start(thing('a', { owners: [{ name: 'x', kind: 'Unheard' }] }), thing('b', { owners: [{ name: 'y' }] }));
    await clock.advance(100);
    expect(deletions()).to.deep.equal([]);
    expect(client.made('get').length).to.be.greaterThan(1);
  });

  it('takes off the references to lost owners while another lives', async () => {
    start(thing('one'), thing('two'), thing('owned', { owners: [{ name: 'one' }, { name: 'two' }] }));
    things.remove(thing('one'));
    await clock.advance(0);
    expect(deletions()).to.deep.equal([]);
    expect(client.made('patch')[0]).to.deep.include({
      path: '/things/ns/owned',
      body: { metadata: { uid: 'uid-owned', ownerReferences: [{ $patch: 'delete', uid: 'uid-one' }] } },
    });
  });

  it('in the foreground deletes dependents first, and lets the owner go when those that block it are gone', async () => {
    const owned = thing('owned', { owners: [{ name: 'owner' }] });
    const beside = thing('beside', { owners: [{ name: 'owner', blocks: false }] });
    start(thing('owner'), owned, beside);
    things.put(thing('owner', { deleted: true, finalizers: ['other', 'foregroundDeletion'] }));
    await clock.advance(0);
    expect(deletions()).to.deep.equal([['/things/ns/owned', 'Background']]);
    expect(client.made('patch')).to.deep.equal([]);
    things.remove(owned);
    await clock.advance(0);
    expect(client.made('patch')).to.deep.equal([
      { method: 'patch', path: '/things/ns/owner', body: { metadata: { resourceVersion: '7', finalizers: ['other'] } } },
    ]);
    things.remove(thing('owner'));
    await clock.advance(0);
    expect(deletions()).to.deep.include(['/things/ns/beside', 'Background']);
  });

  it('in the foreground goes down all generations', async () => {
    start(
      thing('owner', { deleted: true, finalizers: ['foregroundDeletion'] }),
      thing('middle', { owners: [{ name: 'owner' }] }),
      thing('leaf', { owners: [{ name: 'middle' }] }),
    );
    await clock.advance(0);
    expect(new Set(deletions().map(String))).to.deep.equal(new Set(['/things/ns/middle,Foreground']));
    things.put(thing('middle', { owners: [{ name: 'owner' }], deleted: true, finalizers: ['foregroundDeletion'] }));
    await clock.advance(0);
    expect(deletions()).to.deep.include(['/things/ns/leaf', 'Background']);
  });

  it('as an orphaner takes the owner off its dependents, then lets it go', async () => {
    start(thing('owner'), thing('owned', { owners: [{ name: 'owner' }] }));
    things.put(thing('owner', { deleted: true, finalizers: ['orphan'] }));
    await clock.advance(0);
    expect(client.calls.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
      'patch /things/ns/owned',
      'patch /things/ns/owner',
    ]);
    things.put(thing('owned'));
    things.remove(thing('owner'));
    await clock.advance(1000);
    expect(deletions()).to.deep.equal([]);
  });

  it('honours a wish for the dependents that stands on the object already', async () => {
    start(thing('owned', { owners: [{ name: 'gone' }], finalizers: ['orphan'] }));
    await clock.advance(0);
    expect(deletions()).to.deep.equal([['/things/ns/owned', 'Orphan']]);
  });

  it('judges anew what changed meanwhile', async () => {
    let isFirst = true;
    const owned = thing('owned', { owners: [{ name: 'gone' }] });
    client.answer = ({ method, path }) => {
      if (method === 'get') throw notFound(path);
      if (!isFirst) return undefined;
      isFirst = false;
      // Someone took the owner off.
      things.put(thing('owned'));
      throw conflict(path);
    };
    start(owned);
    await clock.advance(1000);
    expect(deletions()).to.have.length(1);
  });
});
