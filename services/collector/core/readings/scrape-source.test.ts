import { expect } from 'chai';
import fc from 'fast-check';
import { isMissing, type Reading } from '#shared/contracts/loop.js';
import { deployment, pod, sample, server } from '../../test/support/builders.js';
import type { EngineSample } from '../metrics/engine-sample.js';
import { createSampleStore, type SampleStore } from '../metrics/sample-store.js';
import { createScrapeSource } from './scrape-source.js';

const SEC = 1000;
const NOW = 1000 * SEC;
const LONG_AGO = 0;
const owner = deployment();
const options = { windowMs: 60 * SEC, minSpanMs: 9 * SEC, gapMs: 12.5 * SEC, freshMs: 15 * SEC };

function pods(count: number) {
  return Array.from({ length: count }, (_, index) => pod(owner, { name: `p${index}` }));
}

function identity(name: string, startedAt: number) {
  return { uid: `uid-${name}`, deploymentUid: owner.metadata!.uid!, startedAt, readyAt: undefined };
}

/** Samples every 5 s over an interval of seconds before now; `figures` of the seconds since its begin. */
function feed(
  store: SampleStore,
  name: string,
  [fromSec, toSec]: [number, number],
  figures: (sec: number) => Partial<EngineSample>,
  startedAt = LONG_AGO,
): void {
  for (let sec = 0; sec <= toSec - fromSec; sec += 5) {
    store.addSample(identity(name, startedAt), sample(NOW + (fromSec + sec) * SEC, figures(sec)));
  }
}

function read(store: SampleStore, serving: ReturnType<typeof pods>) {
  return createScrapeSource(store, options).read(server(owner, serving), NOW);
}

function value(reading: Reading): number {
  if (isMissing(reading)) throw new Error(reading.missing);
  return reading.value;
}

function reason(reading: Reading): string {
  return isMissing(reading) ? reading.missing : `known: ${reading.value}`;
}

describe('scrape source', () => {
  let store: SampleStore;
  beforeEach(() => {
    store = createSampleStore(options.windowMs);
  });

  it('takes rates and means over the window, and what is inside now', () => {
    feed(store, 'p0', [-60, 0], (sec) => ({
      completions: sec,
      running: 4,
      itl: { sum: sec * 2, count: sec * 100 },
      ttft: { sum: sec * 0.25, count: sec },
      promptTokens: { sum: sec * 128, count: sec },
      generationTokens: { sum: sec * 512, count: sec },
      kvCacheUsage: 0.5,
    }));
    const coverage = { spanMs: 60 * SEC, windowMs: 60 * SEC, quality: 'full' };
    const isGauge = (figure: string) => ['numRunning', 'numWaiting', 'kvCacheUsage'].includes(figure);
    const { server: readings, arrivalRateByPod } = read(store, pods(1));
    expect(readings).to.deep.equal(
      Object.fromEntries(
        Object.entries({
          arrivalRate: 60,
          throughput: 60,
          avgInTokens: 128,
          avgOutTokens: 512,
          itlAverage: 20,
          ttftAverage: 250,
          numRunning: 4,
          numWaiting: 0,
          kvCacheUsage: 0.5,
        }).map(([figure, number]) => [
          figure,
          { value: number, at: NOW, source: 'scrape', ...(isGauge(figure) ? {} : { coverage }) },
        ]),
      ),
    );
    expect([...arrivalRateByPod]).to.deep.equal([['uid-p0', 60]]);
  });

  it('does not hide an overload: what waits has come', () => {
    feed(store, 'p0', [-60, 0], (sec) => ({ completions: sec, waiting: sec * 2 }));
    const { server: readings } = read(store, pods(1));
    expect(value(readings.arrivalRate)).to.equal(180);
    expect(value(readings.throughput)).to.equal(60);
  });

  it('knows the tokens of an overload in which nothing finishes from before', () => {
    const generationTokens = { sum: 51_200, count: 100 };
    feed(store, 'p0', [-60, 0], (sec) => ({ completions: 100, waiting: sec, generationTokens }));
    expect(value(read(store, pods(1)).server.avgOutTokens)).to.equal(512);
  });

  it('takes the tokens of few requests together with those from before', () => {
    feed(store, 'p0', [-60, 0], (sec) => ({
      completions: 100 + sec / 30,
      generationTokens: { sum: 51_200 + sec * 100, count: 100 + sec / 30 },
    }));
    expect(value(read(store, pods(1)).server.avgOutTokens)).to.be.closeTo((51_200 + 6000) / 102, 1e-9);
  });

  it('takes the lengths of requests for low by chance until those that stay long have had the time to finish', () => {
    const coverageAfter = (startedSec: number, running: number) => {
      store = createSampleStore(options.windowMs);
      const figures = (sec: number) => ({ completions: sec, running, generationTokens: { sum: sec * 100, count: sec } });
      feed(store, 'p0', [-60, 0], figures, NOW - startedSec * SEC);
      const { arrivalRate, avgOutTokens } = read(store, pods(1)).server;
      return [arrivalRate, avgOutTokens].map((reading) => (isMissing(reading) ? undefined : reading.coverage));
    };
    const full = { spanMs: 60 * SEC, windowMs: 60 * SEC, quality: 'full' };
    // One request a second, 60 inside: each stays for a minute.
    expect(coverageAfter(149, 60)).to.deep.equal([full, { spanMs: 149 * SEC, windowMs: 150 * SEC, quality: 'short' }]);
    expect(coverageAfter(150, 60)).to.deep.equal([full, full]);
    expect(coverageAfter(62, 15)).to.deep.equal([full, full]);
  });

  it('knows the lengths of requests where one pod has served for long, however young the others are', () => {
    const figures = (sec: number) => ({ completions: sec, running: 60, generationTokens: { sum: sec * 100, count: sec } });
    feed(store, 'p0', [-60, 0], figures, NOW - 600 * SEC);
    feed(store, 'p1', [-40, 0], figures, NOW - 41 * SEC);
    const { avgOutTokens } = read(store, pods(2)).server;
    expect(avgOutTokens).to.have.property('coverage').that.includes({ quality: 'full' });
  });

  it('measures an idle server as zero, without tokens and latencies', () => {
    feed(store, 'p0', [-60, 0], () => ({ completions: 100, generationTokens: { sum: 51_200, count: 100 } }));
    const { server: readings } = read(store, pods(1));
    expect(value(readings.arrivalRate)).to.equal(0);
    for (const figure of ['avgInTokens', 'avgOutTokens', 'itlAverage', 'ttftAverage'] as const) {
      expect(reason(readings[figure])).to.equal('no request finished in the window');
    }
  });

  it('does not take a replica that has just become ready for one that carries as much as the others', () => {
    feed(store, 'p0', [-60, 0], (sec) => ({ completions: sec }));
    const [old, young] = pods(2);
    young!.status!.conditions![0]!.lastTransitionTime = new Date(NOW - 2 * SEC).toISOString();
    expect(value(read(store, [old!, young!]).server.arrivalRate)).to.be.closeTo(60, 1e-9);
    young!.status!.conditions![0]!.lastTransitionTime = new Date(NOW - 20 * SEC).toISOString();
    expect(value(read(store, [old!, young!]).server.arrivalRate), 'unknown for longer than a sample stays fresh').to.be.closeTo(
      120,
      1e-9,
    );
    expect(
      reason(
        read(store, [
          {
            ...young!,
            status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: new Date(NOW).toISOString() }] },
          },
        ]).server.arrivalRate,
      ),
    ).to.equal('no pod was scraped yet');
  });

  it('does not call a server idle for a few silent seconds, and does after half a window', () => {
    feed(store, 'p0', [-20, 0], () => ({}), NOW - 25 * SEC);
    expect(reason(read(store, pods(1)).server.arrivalRate)).to.equal('no request within 20 s, which is idle only after 30 s');
    const longer = createSampleStore(options.windowMs);
    feed(longer, 'p0', [-30, 0], () => ({}), NOW - 35 * SEC);
    expect(value(read(longer, pods(1)).server.arrivalRate)).to.equal(0);
  });

  it('takes a load that was seen, however short the time', () => {
    feed(store, 'p0', [-20, 0], (sec) => ({ completions: sec }), NOW - 25 * SEC);
    expect(value(read(store, pods(1)).server.arrivalRate)).to.be.closeTo(60, 1e-9);
  });

  it('knows nothing, which is not zero', () => {
    const cases: [string, () => void, ReturnType<typeof pods>, string][] = [
      ['no pod', () => undefined, [], 'no pod is ready'],
      ['not ready', () => undefined, [pod(owner, { name: 'p0', state: 'starting' })], 'no pod is ready'],
      ['new', () => undefined, pods(1), '0 of 1 ready pods known: p0: not scraped yet'],
      ['short', () => feed(store, 'p0', [-5, 0], () => ({})), pods(1), 'p0: figures over less than 9 s'],
      [
        'failing',
        () => {
          feed(store, 'p0', [-60, -20], () => ({}));
          store.addFailure(identity('p0', LONG_AGO), 'HTTP 500', NOW);
        },
        pods(1),
        'p0: HTTP 500; last figures 20 s old',
      ],
    ];
    for (const [name, prepare, serving, says] of cases) {
      store = createSampleStore(options.windowMs);
      prepare();
      expect(reason(read(store, serving).server.arrivalRate), name).to.include(says);
    }
  });

  it('lets at least half of the pods stand for the others, and fewer not', () => {
    for (const name of ['p0', 'p1']) feed(store, name, [-60, 0], (sec) => ({ completions: sec, running: 3 }));
    const { server: ofFour } = read(store, pods(4));
    expect(value(ofFour.arrivalRate)).to.equal(240);
    expect(value(ofFour.numRunning)).to.equal(12);
    expect(reason(read(store, pods(5)).server.arrivalRate)).to.match(/^2 of 5 ready pods known: p2: not scraped yet/);
  });

  // One server under one request a second all the time, whatever its pods: it is 60 a minute.
  it('counts a load once that a new pod takes over in part', () => {
    feed(store, 'p0', [-60, 0], (sec) => ({ completions: Math.min(sec, 40) + Math.max(0, sec - 40) / 2 }));
    feed(store, 'p1', [-20, 0], (sec) => ({ completions: sec / 2 }), NOW - 30 * SEC);
    expect(value(read(store, pods(2)).server.arrivalRate)).to.be.closeTo(60, 1e-9);
  });

  it('counts what a pod took that is gone by now', () => {
    feed(store, 'p0', [-60, 0], (sec) => ({ completions: Math.min(sec, 40) / 2 + Math.max(0, sec - 40) }));
    feed(store, 'gone', [-60, -20], (sec) => ({ completions: sec / 2 }));
    expect(value(read(store, pods(1)).server.arrivalRate)).to.be.closeTo(60, 1e-9);
  });

  it('does not take a time in which nobody served for a time without load', () => {
    feed(store, 'gone', [-60, -50], (sec) => ({ completions: sec }));
    feed(store, 'p0', [-15, 0], (sec) => ({ completions: 15 + sec }), NOW - 30 * SEC);
    expect(value(read(store, pods(1)).server.arrivalRate)).to.be.closeTo(60, 1e-9);
  });

  describe('after all pods restarted at once', () => {
    // One request a second until 50 s ago; then silence; the pods come back a few seconds apart and share one request a second again.
    const backAt = [-12, -10, -8, -6];
    const names = backAt.map((_, index) => `p${index}`);

    function restart(shiftSec: number): void {
      const shares = backAt.length;
      names.forEach((name, index) => {
        feed(store, name, [-60, -50], (sec) => ({ completions: sec / shares, processStart: 1 }));
        const from = backAt[index]! - shiftSec;
        for (let sec = from; sec <= 0; sec += 2) {
          store.addSample(
            identity(name, NOW + (from - 1) * SEC),
            sample(NOW + sec * SEC, { completions: came(sec, from), processStart: 2 }),
          );
        }
      });

      /** What one pod got until a second, of a load that those share which are back. */
      function came(untilSec: number, fromSec: number): number {
        let sum = 0;
        for (let sec = fromSec; sec < untilSec; sec++) sum += 1 / backAt.filter((at) => at - shiftSec <= sec).length;
        return sum;
      }
    }

    it('is no load over the silence: its rate is that of the time since, and is said to be of a short time', () => {
      restart(0);
      const { arrivalRate, avgOutTokens } = read(store, pods(4)).server;
      expect(value(arrivalRate)).to.be.closeTo(60, 12);
      expect(arrivalRate).to.deep.include({ coverage: { spanMs: 10 * SEC, windowMs: 60 * SEC, quality: 'short' } });
      expect(reason(avgOutTokens)).to.equal('no request finished in the window');
    });

    it('counts fully once half of the window has passed since', () => {
      restart(20);
      const { arrivalRate } = read(store, pods(4)).server;
      expect(value(arrivalRate)).to.be.closeTo(60, 6);
      expect(arrivalRate).to.deep.include({ coverage: { spanMs: 30 * SEC, windowMs: 60 * SEC, quality: 'full' } });
    });
  });

  it('law: whatever falls silent and comes back, a figure that is called full is near the load that was offered', () => {
    const PER_SEC = 12;
    const outage = fc.record({ down: fc.integer({ min: -90, max: -12 }), forSec: fc.integer({ min: 1, max: 60 }) });
    const fallsSilent = fc.record({ outages: fc.array(fc.option(outage), { minLength: 1, maxLength: 4 }), phase: fc.nat(4) });
    const seen = { full: 0, short: 0 };
    fc.assert(
      fc.property(fallsSilent, ({ outages, phase }) => {
        store = createSampleStore(options.windowMs);
        const isUp = (one: (typeof outages)[number], sec: number) => one === null || sec < one.down || sec >= upAgain(one);
        const state = outages.map(() => ({ completions: 0, processStart: 1 }));
        for (let sec = -120; sec <= 0; sec++) {
          const up = outages.map((one) => isUp(one, sec));
          const share = PER_SEC / Math.max(1, up.filter(Boolean).length);
          state.forEach((figures, index) => {
            const one = outages[index] ?? null;
            if (!up[index]) Object.assign(figures, { completions: 0, processStart: 2 });
            else if ((sec + 120 + phase + index) % 5 === 0) {
              const startedAt = one === null || sec < one.down ? LONG_AGO : NOW + upAgain(one) * SEC;
              store.addSample(identity(`p${index}`, startedAt), sample(NOW + sec * SEC, { ...figures }));
            }
            if (up[index]) figures.completions += share;
          });
        }
        const { arrivalRate } = read(store, pods(outages.length)).server;
        if (isMissing(arrivalRate)) return;
        const quality = arrivalRate.coverage!.quality;
        seen[quality]++;
        if (quality === 'full') expect(arrivalRate.value).to.be.within(0.75 * 60 * PER_SEC, 1.35 * 60 * PER_SEC);
      }),
      { numRuns: 1000 },
    );
    expect(seen.full).to.be.greaterThan(100);
    expect(seen.short).to.be.greaterThan(50);

    function upAgain({ down, forSec }: { down: number; forSec: number }): number {
      return Math.min(-11, down + forSec);
    }
  });

  it('says of a server that has just come up that it was seen for a short time', () => {
    feed(store, 'p0', [-20, 0], (sec) => ({ completions: sec }), NOW - 25 * SEC);
    const { arrivalRate, throughput } = read(store, pods(1)).server;
    for (const reading of [arrivalRate, throughput]) expect(reading).to.have.nested.property('coverage.quality', 'short');
  });

  it('counts fully while pods are added and replaced', () => {
    feed(store, 'p0', [-60, 0], (sec) => ({ completions: sec / 2 }));
    feed(store, 'gone', [-60, -20], (sec) => ({ completions: sec / 2 }));
    feed(store, 'p1', [-20, 0], (sec) => ({ completions: sec / 2 }), NOW - 25 * SEC);
    const { arrivalRate } = read(store, pods(2)).server;
    expect(value(arrivalRate)).to.be.closeTo(60, 1e-9);
    expect(arrivalRate).to.have.nested.property('coverage.quality', 'full');
  });

  it('forgets pods that no window reaches', () => {
    feed(store, 'gone', [-60, -20], (sec) => ({ completions: sec }));
    store.forget(NOW + 39 * SEC);
    expect(store.ofDeployment(owner.metadata!.uid!).size).to.equal(1);
    store.forget(NOW + 41 * SEC);
    expect(store.ofDeployment(owner.metadata!.uid!).size).to.equal(0);
  });
});
