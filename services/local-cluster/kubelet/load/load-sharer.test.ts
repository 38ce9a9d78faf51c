import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import type { ChangeListener } from '#shared/kube/watch-cache.js';
import type { Deployment, Pod } from '#shared/kube/wire.js';
import { startLoadSharer } from './load-sharer.js';
import type { OfferedLoad } from './offered-load.js';

function pod(uid: string, ready: boolean, deleting = false): Pod {
  return {
    metadata: { uid, ...(deleting ? { deletionTimestamp: '2026-03-01T10:00:00Z' } : {}) },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

function deployment(rpm: string): Deployment {
  return { metadata: { uid: 'd', labels: { 'inferno.server.load.rpm': rpm, 'inferno.server.load.numtokens': '100' } } };
}

describe('startLoadSharer', () => {
  let clock: ManualClock;
  let pods: Pod[];
  let owner: Deployment | undefined;
  let offered: Record<string, number | undefined>;
  let problems: string[];
  let change: () => void;
  let sharer: { stop(): void };

  beforeEach(() => {
    clock = new ManualClock();
    pods = [];
    owner = deployment('60');
    offered = {};
    problems = [];
    const listeners = new Set<ChangeListener<Pod>>();
    const source = {
      list: () => pods,
      onChange: (listener: ChangeListener<never>) => {
        listeners.add(listener as ChangeListener<Pod>);
        return () => listeners.delete(listener as ChangeListener<Pod>);
      },
    };
    change = () => listeners.forEach((listener) => listener('modified', {}, {}));
    sharer = startLoadSharer({
      pods: source,
      replicaSets: source,
      deployments: source,
      owners: { deploymentOf: () => owner },
      clock,
      offer: (uid: string, load: OfferedLoad | undefined) => {
        offered[uid] = load?.arrivalRatePerMin;
      },
      onInvalid: (_, problem) => problems.push(problem),
    });
  });

  afterEach(() => sharer.stop());

  const settle = async (): Promise<void> => {
    change();
    await clock.advance(100);
  };

  it('shares equally over the ready pods that are not being deleted', async () => {
    pods = [pod('a', true), pod('b', true), pod('c', false), pod('d', true, true)];
    await settle();
    expect(offered).to.deep.equal({ a: 30, b: 30, c: undefined, d: undefined });
  });

  it('follows the ready set and the labels', async () => {
    pods = [pod('a', true)];
    await settle();
    expect(offered).to.deep.equal({ a: 60 });
    pods = [pod('a', true), pod('b', true)];
    owner = deployment('180');
    await settle();
    expect(offered).to.deep.equal({ a: 90, b: 90 });
  });

  it('leaves the load as it was while the labels cannot be read, and says so once', async () => {
    pods = [pod('a', true)];
    await settle();
    owner = deployment('lots');
    await settle();
    pods = [pod('a', true), pod('b', true)];
    await settle();
    expect(offered).to.deep.equal({ a: 30, b: 30 });
    expect(problems).to.have.length(1);
    owner = deployment('20');
    await settle();
    owner = deployment('lots');
    await settle();
    expect(problems).to.have.length(2);
  });

  it('offers none where no Deployment says any', async () => {
    pods = [pod('a', true)];
    await settle();
    owner = undefined;
    await settle();
    expect(offered).to.deep.equal({ a: undefined });
  });

  it('handles the changes of a moment in one pass, and none after it is stopped', async () => {
    pods = [pod('a', true)];
    change();
    change();
    await clock.advance(99);
    expect(offered).to.deep.equal({});
    sharer.stop();
    await clock.advance(100);
    expect(offered).to.deep.equal({});
  });
});
