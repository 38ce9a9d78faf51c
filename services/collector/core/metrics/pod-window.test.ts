import { expect } from 'chai';
import fc from 'fast-check';
import { sample } from '../../test/support/builders.js';
import { growthOver } from './growth.js';
import { growthSince, measuredTime } from './pod-window.js';
import type { PodHistory } from './sample-store.js';

const options = { windowMs: 60, minSpanMs: 9, gapMs: 12 };

function history(samples: PodHistory['samples'], times: Partial<PodHistory> = {}): PodHistory {
  return { startedAt: -1000, readyAt: -900, samples, lastFailure: undefined, triedAt: 100, ...times };
}

function startOf(histories: PodHistory[], nowMs: number): number {
  return measuredTime(histories, nowMs, options).fromMs;
}

/** Samples every 5 from a moment to another. */
function every5(from: number, to: number): PodHistory['samples'] {
  return Array.from({ length: (to - from) / 5 + 1 }, (_, index) => sample(from + 5 * index));
}

describe('growthOver', () => {
  it('counts as arrivals what finished and what is inside more than before', () => {
    const { arrivals, completions } = growthOver([
      sample(0, { completions: 10, running: 4, waiting: 0 }),
      sample(5, { completions: 16, running: 8, waiting: 20 }),
    ]);
    expect({ arrivals, completions }).to.deep.equal({ arrivals: 30, completions: 6 });
  });

  it('counts after a restart what the new process says, and nothing negative', () => {
    const { arrivals, completions } = growthOver([
      sample(0, { completions: 100, running: 8 }),
      sample(5, { completions: 104, running: 8 }),
      sample(10, { completions: 1, running: 2 }),
    ]);
    expect({ arrivals, completions }).to.deep.equal({ arrivals: 4 + 3, completions: 4 + 1 });
  });

  it('does not take a page without latencies for a restart', () => {
    const tally = { sum: 1, count: 100 };
    const samples = [100, 101, 103].map((completions, at) => sample(at, { completions, itl: at === 1 ? undefined : tally }));
    expect(growthOver(samples).completions).to.equal(3);
  });

  it('sees a restart that caught up with the counters by the start time of the process', () => {
    const { completions } = growthOver([
      sample(0, { completions: 3, processStart: 1 }),
      sample(5, { completions: 5, processStart: 2 }),
    ]);
    expect(completions).to.equal(5);
  });

  it('gives every request once, however it is sampled and whenever the process restarts', () => {
    const step = fc.record({ came: fc.nat(9), finish: fc.nat(9), restarts: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
        let state = { completions: 0, running: 0, processStart: 1 };
        let came = 0;
        const samples = [sample(0, state)];
        steps.forEach((one, index) => {
          if (one.restarts) state = { completions: 0, running: 0, processStart: state.processStart + 1 };
          const finished = Math.min(state.running + one.came, one.finish);
          came += one.came;
          state = { ...state, completions: state.completions + finished, running: state.running + one.came - finished };
          samples.push(sample(index + 1, state));
        });
        expect(growthOver(samples).arrivals).to.equal(came);
      }),
    );
  });
});

describe('measuredTime', () => {
  it('reaches back over the window where the samples do', () => {
    expect(startOf([history(every5(0, 100))], 100)).to.equal(40);
  });

  it('reaches back to the first sample of a pod that is older than that', () => {
    expect(startOf([history(every5(80, 100)), history(every5(0, 100))], 100)).to.equal(80);
  });

  it('is not shortened by a pod that began within the window, nor by one too new to say anything', () => {
    expect(startOf([history(every5(80, 100), { startedAt: 70 }), history(every5(0, 100))], 100)).to.equal(40);
    expect(startOf([history(every5(95, 100)), history(every5(0, 100))], 100)).to.equal(40);
  });

  it('is not shortened by a pod whose process is old, and which has only just become ready', () => {
    expect(startOf([history(every5(80, 100), { readyAt: 78 }), history(every5(0, 100))], 100)).to.equal(40);
    // It was not ready for a moment only: what it did before the first sample is not known.
    expect(startOf([history(every5(80, 100), { readyAt: 90 }), history(every5(0, 100))], 100)).to.equal(80);
  });

  it('begins after a time in which no pod was seen serving', () => {
    const gone = history(every5(0, 50));
    const next = history(every5(75, 100), { startedAt: 60 });
    expect(startOf([gone, next], 100)).to.equal(75);
  });

  it('begins after such a time also when only its end is within the window', () => {
    const gone = history(every5(0, 25));
    const next = history(every5(50, 100), { startedAt: 45 });
    // At 100 the window reaches back to 40: ten of silence are left of 25, less than counts as a gap by itself.
    expect(startOf([gone, next], 100)).to.equal(50);
    expect(startOf([next], 100)).to.equal(50);
  });
});

describe('growthSince', () => {
  const since = (fromMs: number, isAfterGap = false) => ({ fromMs, isAfterGap });

  it('counts from the last sample before the moment', () => {
    const samples = [sample(0, { completions: 0 }), sample(5, { completions: 10 }), sample(16, { completions: 30 })];
    const found = growthSince(history(samples), since(7), options);
    expect(found).to.deep.include({ spanMs: 11 });
    expect(found!.growth.completions).to.equal(20);
  });

  it('counts all of a pod that began since, from one sample', () => {
    const found = growthSince(history([sample(50, { completions: 4 })], { startedAt: 45 }), since(40), options);
    expect(found!.growth.completions).to.equal(4);
    expect(found!.spanMs).to.equal(10);
  });

  it('counts of a pod that has become ready since what it did from its first sample on, over the whole time', () => {
    const samples = [sample(70, { completions: 100 }), sample(80, { completions: 104 })];
    const found = growthSince(history(samples, { readyAt: 68 }), since(40), options);
    expect(found!.growth.completions).to.equal(4);
    expect(found!.spanMs).to.equal(40);
  });

  it('knows nothing of an older pod from one sample, or from a short time', () => {
    expect(growthSince(history([sample(50, { completions: 4 })]), since(40), options)).to.equal(undefined);
    expect(growthSince(history([sample(45), sample(50, { completions: 4 })]), since(40), options)).to.equal(undefined);
  });

  it('counts a process that began in the gap from the end of the gap, not from before it', () => {
    const samples = [sample(0, { completions: 90 }), sample(34, { completions: 1 }), sample(44, { completions: 11 })];
    const found = growthSince(history(samples), since(30, true), options);
    expect(found).to.deep.include({ spanMs: 14 });
    expect(found!.growth.completions).to.equal(11);
  });

  it('counts a pod that was not reached in the gap from when it was again', () => {
    const samples = [sample(0, { completions: 90 }), sample(34, { completions: 95 }), sample(44, { completions: 105 })];
    expect(growthSince(history(samples), since(30, true), options)).to.deep.include({ spanMs: 10 });
    // Where only this one was not reached, the others tell that there was no gap, and its own counters went on.
    const found = growthSince(history(samples), since(30), options);
    expect(found).to.deep.include({ spanMs: 44 });
    expect(found!.growth.completions).to.equal(15);
  });
});
