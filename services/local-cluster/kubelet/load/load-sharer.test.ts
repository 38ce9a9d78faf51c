import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import type { KubeClient } from '#shared/kube/kube-client.js';
import type { ChangeListener, ChangeType } from '#shared/kube/watch-cache.js';
import type { Deployment, KubeObject, Pod, ReplicaSet } from '#shared/kube/wire.js';
import { startLoadSharer } from './load-sharer.js';
import type { OfferedLoad } from './offered-load.js';
import { createOwners } from './owners.js';

/** What a watch cache is to its readers, filled by hand. */
class Objects<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #listeners = new Set<ChangeListener<T>>();

  list = (): T[] => [...this.#objects.values()];
  get = (_namespace: string, name: string): T | undefined => this.#objects.get(name);
  onChange = (listener: ChangeListener<T>): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  put(object: T): void {
    const { name = '' } = object.metadata ?? {};
    const previous = this.#objects.get(name);
    this.#objects.set(name, object);
    this.#tell(previous === undefined ? 'added' : 'modified', object, previous);
  }

  remove(name: string): void {
    const previous = this.#objects.get(name);
    this.#objects.delete(name);
    if (previous !== undefined) this.#tell('deleted', previous, previous);
  }

  #tell(type: ChangeType, object: T, previous: T | undefined): void {
    for (const listener of this.#listeners) listener(type, object, previous);
  }
}

const ownedBy = (kind: string, name: string) => ({
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: name, controller: true }],
});

function pod(name: string, ready: boolean, { deleting = false, replicaSet = 'rs-d' } = {}): Pod {
  return {
    metadata: {
      name,
      uid: name,
      ...ownedBy('ReplicaSet', replicaSet),
      ...(deleting ? { deletionTimestamp: '2026-03-01T10:00:00Z' } : {}),
    },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

function deployment(rpm: string, name = 'd'): Deployment {
  return { metadata: { name, uid: name, labels: { 'inferno.server.load.rpm': rpm, 'inferno.server.load.numtokens': '100' } } };
}

function replicaSet(name = 'd'): ReplicaSet {
  return { metadata: { name: `rs-${name}`, uid: `rs-${name}`, ...ownedBy('Deployment', name) } };
}

describe('startLoadSharer', () => {
  let clock: ManualClock;
  let pods: Objects<Pod>;
  let replicaSets: Objects<ReplicaSet>;
  let deployments: Objects<Deployment>;
  /** Of the latest pass. */
  let offered: Record<string, number | undefined>;
  let problems: string[];
  let sharer: { stop(): void };

  const start = (): void => {
    const owners = createOwners({} as KubeClient, { replicaSets, deployments });
    const offer = (uid: string, load: OfferedLoad | undefined): void => {
      offered[uid] = load?.arrivalRatePerMin;
    };
    const onInvalid = (_: Deployment, problem: string): void => void problems.push(problem);
    sharer = startLoadSharer({ pods, replicaSets, deployments, owners, clock, offer, onInvalid });
  };

  beforeEach(() => {
    clock = new ManualClock();
    pods = new Objects();
    replicaSets = new Objects();
    deployments = new Objects();
    offered = {};
    problems = [];
    start();
    deployments.put(deployment('60'));
    replicaSets.put(replicaSet());
  });

  afterEach(() => sharer.stop());

  const pass = async (): Promise<Record<string, number | undefined>> => {
    offered = {};
    await clock.advance(100);
    return offered;
  };

  it('shares equally over the ready pods that are not being deleted', async () => {
    for (const one of [pod('a', true), pod('b', true), pod('c', false), pod('d', true, { deleting: true })]) pods.put(one);
    expect(await pass()).to.deep.equal({ a: 30, b: 30, c: undefined, d: undefined });
  });

  it('follows the ready set and the labels', async () => {
    pods.put(pod('a', true));
    expect(await pass()).to.deep.equal({ a: 60 });
    pods.put(pod('b', false));
    expect(await pass()).to.deep.equal({ a: 60, b: undefined });
    pods.put(pod('b', true));
    expect(await pass()).to.deep.equal({ a: 30, b: 30 });
    deployments.put(deployment('180'));
    expect(await pass()).to.deep.equal({ a: 90, b: 90 });
    pods.remove('a');
    expect(await pass()).to.deep.equal({ b: 180 });
  });

  it('knows what was there before it started', async () => {
    sharer.stop();
    pods.put(pod('a', true));
    start();
    expect(await pass()).to.deep.equal({ a: 60 });
  });

  it('looks at no Deployment but those of what has changed', async () => {
    deployments.put(deployment('10', 'other'));
    replicaSets.put(replicaSet('other'));
    pods.put(pod('x', true, { replicaSet: 'rs-other' }));
    pods.put(pod('a', true));
    expect(await pass()).to.deep.equal({ x: 10, a: 60 });
    pods.put(pod('a', true));
    expect(await pass()).to.deep.equal({ a: 60 });
    deployments.put(deployment('20', 'other'));
    expect(await pass()).to.deep.equal({ x: 20 });
    // The status of a replica set, written at every change of a pod, is no news of load.
    replicaSets.put({ ...replicaSet(), status: { replicas: 1 } });
    expect(await pass()).to.deep.equal({});
  });

  for (const order of ['pod, replica set, deployment', 'deployment, pod, replica set', 'replica set, pod, deployment']) {
    it(`finds the owner whatever comes first: ${order}`, async () => {
      const put: Record<string, () => void> = {
        pod: () => pods.put(pod('x', true, { replicaSet: 'rs-late' })),
        'replica set': () => replicaSets.put(replicaSet('late')),
        deployment: () => deployments.put(deployment('12', 'late')),
      };
      for (const what of order.split(', ')) {
        await pass();
        put[what]!();
      }
      expect(await pass()).to.deep.equal({ x: 12 });
    });
  }

  it('takes the load away with the Deployment, the replica set or their bond', async () => {
    pods.put(pod('a', true));
    const takers: [() => void, () => void][] = [
      [() => deployments.remove('d'), () => deployments.put(deployment('60'))],
      [() => replicaSets.remove('rs-d'), () => replicaSets.put(replicaSet())],
      [() => replicaSets.put({ metadata: { name: 'rs-d', uid: 'rs-d' } }), () => replicaSets.put(replicaSet())],
    ];
    for (const [take, giveBack] of takers) {
      expect(await pass()).to.deep.equal({ a: 60 });
      take();
      expect(await pass()).to.deep.equal({ a: undefined });
      giveBack();
    }
  });

  it('heeds one that came in the place of another of its name', async () => {
    pods.put(pod('a', true));
    await pass();
    const { metadata, ...rest } = pod('a', true);
    pods.put({ ...rest, metadata: { ...metadata, uid: 'a2' } });
    expect(await pass()).to.deep.equal({ a2: 60 });
    const { metadata: named, ...other } = deployment('30');
    deployments.put({ ...other, metadata: { ...named, uid: 'd2' } });
    expect(await pass()).to.deep.equal({ a2: undefined });
  });

  it('leaves the load as it was while the labels cannot be read, and says so once', async () => {
    pods.put(pod('a', true));
    await pass();
    deployments.put(deployment('lots'));
    await pass();
    pods.put(pod('b', true));
    expect(await pass()).to.deep.equal({ a: 30, b: 30 });
    expect(problems).to.have.length(1);
    deployments.put(deployment('20'));
    await pass();
    deployments.put(deployment('lots'));
    await pass();
    expect(problems).to.have.length(2);
  });

  it('handles the changes of a moment in one pass, and none after it is stopped', async () => {
    await pass();
    pods.put(pod('a', true));
    pods.put(pod('b', true));
    await clock.advance(99);
    expect(offered).to.deep.equal({});
    sharer.stop();
    await clock.advance(100);
    expect(offered).to.deep.equal({});
  });
});
