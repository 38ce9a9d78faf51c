import { expect } from 'chai';
import { decideOn } from '../test/support/decide-with.js';
import { coveredFor, guardConfig, server, type FleetServer } from '../test/support/fleet.js';
import type { Decision, Snapshot } from './conclude.js';
import { NO_STATE } from './guard-memory.js';

/** Cycles at given seconds of fleets that nobody changes, with a period of 60 s unless told otherwise. */
function story(windowStepMs = 54_000, stabilizationCycles = 2) {
  let { state }: Pick<Decision, 'state'> = { state: NO_STATE };
  return (atSec: number, fleet: readonly FleetServer[], more: Partial<Snapshot> = {}): Decision => {
    const config = { ...guardConfig, windowStepMs, stabilizationCycles };
    const decision = decideOn(fleet, { config, nowMs: atSec * 1000, state, ...more });
    ({ state } = decision);
    return decision;
  };
}

describe('windows counted in cycles', () => {
  const low = [server('a', { replicas: 5, rate: 20 })];

  it('count cycles within one period once', () => {
    const cycle = story();
    for (const atSec of [0, 3, 6, 50]) {
      const { changes, servers } = cycle(atSec, low);
      expect(changes, `${atSec} s`).to.deep.equal({});
      expect(servers['a']?.verdict).to.include({ action: 'hold', hold: 'stabilising' });
    }
    expect(cycle(55, low).changes['a']?.numReplicas).to.equal(2);
    // The window is full: a cycle right after may act on it too.
    expect(cycle(57, low).changes['a']?.numReplicas).to.equal(2);
  });

  it('count every cycle where all are on demand', () => {
    const cycle = story(0);
    cycle(0, low);
    expect(cycle(3, low).changes['a']?.numReplicas).to.equal(2);
  });

  it('count the cycles of a schedule, and none between them', () => {
    const cycle = story(Infinity);
    expect(cycle(0, low).changes).to.deep.equal({});
    expect(cycle(1, low, { isScheduled: true }).changes).to.deep.equal({});
    expect(cycle(900, low).changes).to.deep.equal({});
    expect(cycle(901, low, { isScheduled: true }).changes['a']?.numReplicas).to.equal(2);
  });

  it('do not keep a cycle in between from scaling up, and begin anew with the high need that it saw', () => {
    const cycle = story();
    cycle(0, low);
    expect(cycle(3, [server('a', { replicas: 5, rate: 70 })]).changes['a']?.numReplicas).to.equal(7);
    const grown = [server('a', { replicas: 7, rate: 20 })];
    expect(cycle(60, grown).changes).to.deep.equal({});
    expect(cycle(120, grown).changes['a']?.numReplicas).to.equal(2);
  });

  it('begin anew after a cycle in between that did not know the load', () => {
    const cycle = story();
    cycle(0, low);
    cycle(3, [server('a', { replicas: 5, rate: 'scrape failed' })]);
    expect(cycle(60, low).changes).to.deep.equal({});
    expect(cycle(120, low).changes['a']?.numReplicas).to.equal(2);
  });

  it('go on when the clock was set back', () => {
    const cycle = story();
    cycle(36_000, low);
    expect(cycle(60, low).changes['a']?.numReplicas).to.equal(2);
  });

  it('hold for a wish for another accelerator, and start anew when it changes in between', () => {
    const wanting = [server('a', { accelerator: 'A100', replicas: 1, rate: 10 })];
    const cycle = story();
    cycle(0, wanting);
    expect(cycle(3, wanting).changes).to.deep.equal({});
    expect(cycle(60, wanting).changes['a']?.accelerator).to.equal('L4');
    const wavering = story();
    wavering(0, wanting);
    wavering(3, [server('a', { accelerator: 'A100', replicas: 1, rate: 50 })]);
    expect(wavering(60, wanting).changes).to.deep.equal({});
  });

  it('hold for a count that somebody else wrote', () => {
    const foreign = [server('a', { replicas: 7, rate: 20, status: { lastWrittenReplicas: 2 } })];
    const cycle = story();
    for (const atSec of [0, 3, 6, 60, 63, 66]) {
      expect(cycle(atSec, foreign).servers['a']?.verdict.hold, `${atSec} s`).to.equal('foreign-write');
    }
    expect(cycle(120, foreign).changes['a']?.numReplicas).to.equal(2);
  });

  it('of one cycle are none', () => {
    const config = { ...guardConfig, stabilizationCycles: 1, windowStepMs: 54_000 };
    const { state } = decideOn([server('a', { replicas: 5, rate: 50 })], { config });
    expect(decideOn(low, { config, state, nowMs: 3000 }).changes['a']?.numReplicas).to.equal(2);
  });
});

describe('windows of a load that is measured over a minute', () => {
  const measured = (rate: number | string) => [server('a', { replicas: 5, rate, coverage: coveredFor(60) })];
  const low = measured(20);
  const EVERY_5_S = 4500;

  function planned({ changes }: Decision): number {
    return changes['a']?.numReplicas ?? 5;
  }

  it('last for that minute, however short the period', () => {
    const cycle = story(EVERY_5_S);
    for (let atSec = 0; atSec < 54; atSec += 5) {
      const decision = cycle(atSec, low);
      expect(planned(decision), `${atSec} s`).to.equal(5);
      expect(decision.servers['a']?.verdict).to.include({ action: 'hold', hold: 'stabilising' });
      expect(decision.servers['a']?.verdict.reason).to.contain('has held for 2 cycles and 54 s');
    }
    expect(planned(cycle(55, low))).to.equal(2);
  });

  it('last for as many cycles as are set where these are longer', () => {
    const cycle = story(54_000, 3);
    expect(planned(cycle(0, low))).to.equal(5);
    expect(planned(cycle(60, low))).to.equal(5);
    expect(planned(cycle(120, low))).to.equal(2);
  });

  it('are as before with a period of a minute, a late tick included', () => {
    const cycle = story();
    cycle(0.5, low);
    expect(planned(cycle(60, low))).to.equal(2);
  });

  it('are not shortened by cycles on demand, of which all count where there is no period', () => {
    for (const step of [EVERY_5_S, 0]) {
      const cycle = story(step);
      for (let atSec = 0; atSec < 54; atSec += 0.5) expect(planned(cycle(atSec, low)), `${atSec} s`).to.equal(5);
      expect(planned(cycle(59, low))).to.equal(2);
    }
  });

  it('are not shortened by the times of a schedule', () => {
    const cycle = story(Infinity);
    const at = (atSec: number) => planned(cycle(atSec, low, { isScheduled: true }));
    expect([0, 15, 30, 45, 60].map(at)).to.deep.equal([5, 5, 5, 5, 2]);
  });

  it('hold the highest need of that minute', () => {
    const cycle = story(EVERY_5_S);
    for (let atSec = 0; atSec < 60; atSec += 5) cycle(atSec, measured(atSec === 30 ? 40 : 20));
    expect(planned(cycle(60, low))).to.equal(4);
    for (let atSec = 65; atSec < 85; atSec += 5) expect(planned(cycle(atSec, low)), `${atSec} s`).to.equal(4);
    expect(planned(cycle(90, low))).to.equal(2);
  });

  it('begin anew after an unknown load', () => {
    const cycle = story(EVERY_5_S);
    for (let atSec = 0; atSec < 60; atSec += 5) cycle(atSec, measured(atSec === 30 ? 'scrape failed' : 20));
    expect(planned(cycle(60, low))).to.equal(5);
    for (let atSec = 65; atSec < 90; atSec += 5) cycle(atSec, low);
    expect(planned(cycle(90, low))).to.equal(2);
  });

  it('begin anew where the clock was set back', () => {
    const cycle = story(EVERY_5_S);
    cycle(36_000, low);
    for (let atSec = 0; atSec < 54; atSec += 5) expect(planned(cycle(atSec, low)), `${atSec} s`).to.equal(5);
    expect(planned(cycle(55, low))).to.equal(2);
  });

  it('remember no more than they need, however often cycles are asked for', () => {
    const cycle = story(0);
    let remembered = 0;
    for (let atSec = 0; atSec < 150; atSec += 0.2) {
      const seen = cycle(atSec, measured(50)).state.servers['a']?.needs.length ?? 0;
      remembered = Math.max(remembered, seen);
    }
    expect(remembered).to.be.within(40, 60);
  });

  it('of one cycle are none', () => {
    expect(planned(story(EVERY_5_S, 1)(0, low))).to.equal(2);
  });
});
