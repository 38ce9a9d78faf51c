import { expect } from 'chai';
import type { Pod } from '#shared/kube/wire.js';
import { deployment, pod, sample, server, type PodOptions } from '../test/support/builders.js';
import { createSampleStore, type SampleStore } from './metrics/sample-store.js';
import { NOT_SCRAPED, scrapedFigures, workersOf } from './workers.js';

const NOW = Date.parse('2026-01-01T00:10:00Z');
const MINUTE = 60_000;

describe('workers of a server', () => {
  const owner = deployment();
  const at = (text: string): number => Date.parse(`2026-01-01T${text}Z`);

  function timed(options: PodOptions, ready?: string, created = '2026-01-01T00:00:00Z'): Pod {
    const one = pod(owner, options);
    const conditions = (one.status!.conditions ?? []).map((condition) =>
      condition.type === 'Ready' && ready !== undefined ? { ...condition, lastTransitionTime: ready } : condition,
    );
    return { ...one, metadata: { ...one.metadata, creationTimestamp: created }, status: { ...one.status, conditions } };
  }

  function storeOf(ageMs: number, podName = 'a'): SampleStore {
    const store = createSampleStore(10 * MINUTE);
    const identity = { uid: `uid-${podName}`, deploymentUid: 'uid-dep1', startedAt: undefined, readyAt: undefined };
    store.addSample(identity, sample(NOW - ageMs, { running: 3, waiting: 2, completions: 40 }));
    return store;
  }

  const only = (one: Pod, figures = NOT_SCRAPED) => workersOf(server(owner, [one]), figures, NOW)[0]!;

  it('tells the state and since when by readiness and deletion', () => {
    const ready = timed({}, '2026-01-01T00:05:00Z');
    expect(only(ready)).to.include({ state: 'ACTIVE', since: at('00:05:00'), node: 'node' });
    expect(only(timed({ state: 'starting' }))).to.include({ state: 'STARTING', since: at('00:00:00') });
    expect(only(timed({ state: 'unschedulable' }))).to.include({ state: 'STARTING', node: null });
    expect(only(timed({ state: 'failed' }))).to.include({ state: 'INACTIVE' });
    const leaving = timed({ state: 'terminating' });
    leaving.metadata = { ...leaving.metadata, deletionTimestamp: '2026-01-01T00:10:30Z', deletionGracePeriodSeconds: 60 };
    expect(only(leaving)).to.include({ state: 'DRAINING', since: at('00:09:30') });
  });

  it('tells the requests of a pod that answers', () => {
    const figures = scrapedFigures(storeOf(1000), MINUTE);
    expect(only(timed({ name: 'a' }), figures)).to.include({ activeRequests: 5, totalProcessed: 40, reason: null });
  });

  it('does not know what an old answer said is inside, and says so; what had finished by then stands', () => {
    const worker = only(timed({ name: 'a' }), scrapedFigures(storeOf(5 * MINUTE), MINUTE));
    expect(worker).to.include({ activeRequests: null, totalProcessed: 40, reason: 'no answer; last figures 300 s old' });
  });

  it('gives null and a reason, never zero, for a pod that was never read', () => {
    const unread = { activeRequests: null, totalProcessed: null };
    const store = storeOf(0, 'other');
    expect(only(timed({ name: 'a' }), scrapedFigures(store, MINUTE))).to.include({ ...unread, reason: 'not scraped yet' });
    store.addFailure({ uid: 'uid-a', deploymentUid: 'uid-dep1', startedAt: undefined, readyAt: undefined }, 'HTTP 500', NOW);
    expect(only(timed({ name: 'a' }), scrapedFigures(store, MINUTE))).to.include({ ...unread, reason: 'HTTP 500' });
    expect(only(timed({ name: 'a' })).reason).to.contain('COLLECTOR_SCRAPE');
  });

  it('says so when a pod does not tell since when', () => {
    const figures = scrapedFigures(storeOf(1000), MINUTE);
    const worker = only(pod(owner, { name: 'a' }), figures);
    expect(worker).to.include({ since: null, activeRequests: 5, reason: 'the pod does not tell since when' });
  });
});
