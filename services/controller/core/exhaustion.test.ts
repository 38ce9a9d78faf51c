import { expect } from 'chai';
import fc from 'fast-check';
import { exhaustedNow, isInForce, nextBackOffs, type BackOffs, type Sighting } from './exhaustion.js';

const MINUTE = 60_000;
const config = { startTimeoutMs: 10 * MINUTE };

describe('exhausted accelerator types', () => {
  const see = (before: BackOffs, minute: number, readyPods: number, failure?: string): BackOffs =>
    nextBackOffs(before, new Map([['L4', { readyPods, failure }]]), config, minute * MINUTE);

  it('lasts for the start timeout, then twice as long each time, up to an hour', () => {
    const seconds: number[] = [];
    let exhaustions: BackOffs = {};
    for (let minute = 0; minute < 240; minute++) {
      exhaustions = see(exhaustions, minute, 3, 'a: 1 pod');
      const backOffSec = exhaustions['L4']!.backOffMs / 1000;
      if (seconds.at(-1) !== backOffSec) seconds.push(backOffSec);
    }
    expect(seconds).to.deep.equal([600, 1200, 2400, 3600]);
  });

  it('ends when its time is over, and is longer the next time', () => {
    const first = see({}, 0, 3, 'a: 1 pod');
    const gone = see(first, 5, 3);
    expect(isInForce(gone, 'L4', 9 * MINUTE)).to.equal(true);
    expect(isInForce(gone, 'L4', 10 * MINUTE)).to.equal(false);
    expect(see(gone, 30, 3, 'a: 1 pod')['L4']).to.include({ backOffMs: 20 * MINUTE, untilMs: 50 * MINUTE });
  });

  it('is forgotten when a pod has become ready, and none fails any more', () => {
    const first = see({}, 0, 3, 'a: 2 pods');
    const partly = see(first, 1, 4, 'a: 1 pod');
    expect(partly).to.have.property('L4');
    expect(see(partly, 2, 5)).to.deep.equal({});
    // Fewer ready pods are no success, and more of them again are one.
    const fewer = see(first, 1, 1);
    expect(fewer).to.have.property('L4');
    expect(see(fewer, 2, 2)).to.deep.equal({});
  });

  it('says until when, and why', () => {
    const [text] = exhaustedNow({ types: see({}, 0, 3, 'a: 1 pod on L4 unschedulable for 700 s (no cards)') }, 0).values();
    expect(text).to.equal(
      'type L4 counts as exhausted until 1970-01-01T00:10:00.000Z: a: 1 pod on L4 unschedulable for 700 s (no cards)',
    );
  });

  it('law: in force after every failure, never for longer than the longest back-off, and only of types with a failure', () => {
    const sighting = fc.record({ readyPods: fc.nat(5), failure: fc.constantFrom(undefined, 'a: 1 pod') });
    const steps = fc.array(fc.record({ sighting, minutes: fc.integer({ min: 1, max: 90 }) }), { maxLength: 20 });
    fc.assert(
      fc.property(steps, (story) => {
        let exhaustions: BackOffs = {};
        let nowMs = 0;
        let everFailed = false;
        for (const { sighting: seen, minutes } of story) {
          nowMs += minutes * MINUTE;
          exhaustions = nextBackOffs(exhaustions, new Map<string, Sighting>([['L4', seen]]), config, nowMs);
          everFailed ||= seen.failure !== undefined;
          if (seen.failure !== undefined) expect(isInForce(exhaustions, 'L4', nowMs)).to.equal(true);
          expect(isInForce(exhaustions, 'L4', nowMs + 60 * MINUTE)).to.equal(false);
          if (!everFailed) expect(exhaustions).to.deep.equal({});
        }
      }),
    );
  });
});
