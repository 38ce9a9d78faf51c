import { expect } from 'chai';
import type { Reading, ServerReadings } from '#shared/contracts/loop.js';
import { collected, dataWith, server } from '../test/support/fleet.js';
import { decideSettled } from '../test/support/decide-with.js';
import { backlogRate } from './backlog.js';

function measured(value: number): Reading {
  return { value, at: 0, source: 'scrape' };
}

function readings(overrides: Partial<ServerReadings>): ServerReadings {
  const coverage = { spanMs: 30_000, windowMs: 30_000, quality: 'full' as const };
  return { ...collected([server('a', { rate: 60, coverage })]).readings['a']!, ...overrides };
}

const within = (ttft: number) => ({ itl: 40, ttft, tps: 0 });

describe('backlogRate', () => {
  it('works off within a window what waits beyond the target', () => {
    expect(backlogRate(readings({ numWaiting: measured(12) }), within(2000))).to.be.closeTo(20, 1e-9);
  });

  it('is nothing while no more wait than come within the target', () => {
    expect(backlogRate(readings({ numWaiting: measured(2) }), within(2000))).to.equal(0);
    expect(backlogRate(readings({ numWaiting: measured(0) }), within(2000))).to.equal(0);
  });

  it('lets a window of requests wait where there is no target', () => {
    expect(backlogRate(readings({ numWaiting: measured(30) }), within(0))).to.equal(0);
    expect(backlogRate(readings({ numWaiting: measured(40) }), null)).to.be.closeTo(20, 1e-9);
  });

  it('takes a minute where the load is declared', () => {
    const declared = readings({ arrivalRate: measured(60), numWaiting: measured(32) });
    expect(backlogRate(declared, within(2000))).to.be.closeTo(30, 1e-9);
  });

  it('never more than doubles the load', () => {
    expect(backlogRate(readings({ numWaiting: measured(1e9) }), within(2000))).to.equal(60);
  });

  it('is nothing where it is not known how many wait, or what comes', () => {
    expect(backlogRate(readings({ numWaiting: { missing: 'no pod' } }), within(2000))).to.equal(0);
    expect(backlogRate(readings({ arrivalRate: { missing: 'no pod' }, numWaiting: measured(50) }), within(2000))).to.equal(0);
  });
});

describe('guard: requests that wait', () => {
  // An L4 carries 10 requests/min.
  const waiting = (count: number, rate = 20) => {
    const item = server('a', { replicas: 2, rate, waiting: count });
    return decideSettled([item], { data: dataWith({ L4: 20, A100: 0 }) }, 4);
  };

  it('raise what the server gets, and the reason says so', () => {
    const { changes, servers } = waiting(15);
    expect(changes['a']?.numReplicas).to.equal(4);
    expect(servers['a']?.verdict.reason).to.contain('34.7 requests/min (14.7 of them to work off what waits) at up to 10 each');
    expect(servers['a']?.load.arrivalRate).to.include({ value: 20 });
  });

  it('are no reason to grow as long as they are few', () => {
    expect(waiting(0).changes).to.deep.equal({});
  });

  it('are not left with less while nothing else comes; in the same set-up nothing waits and the count is lowered', () => {
    const { changes, servers } = waiting(3, 0);
    expect(changes).to.deep.equal({});
    expect(servers['a']?.verdict.reason).to.contain('2 → 1 waits: nothing came while 3 requests waited: may raise, not lower');
    expect(waiting(0, 0).changes['a']?.numReplicas).to.equal(1);
  });
});
