import { expect } from 'chai';
import fc from 'fast-check';
import { ManualClock } from '#shared/clock/manual-clock.js';
import type { CycleTrigger } from '#shared/contracts/controller.js';
import { createEarlyRetry, type EarlyRetry } from './early-retry.js';
import type { CycleOutcome } from './run-cycle.js';
import { createTicker, everyMs } from './ticker.js';

type Result = 'ok' | 'away' | 'failed' | 'busy' | 'not actuated';

/** Cycles of a period, at the seconds of which each comes out as told by its number or its time. */
function runner(periodSec: number, resultOf: (atSec: number, run: number) => Result, trigger: CycleTrigger = 'period') {
  const clock = new ManualClock(0);
  const runs: number[] = [];
  const retry: EarlyRetry = createEarlyRetry({
    clock,
    run: () => {
      const result = resultOf(clock.now() / 1000, runs.length);
      runs.push(clock.now() / 1000);
      if (result === 'busy') return Promise.resolve(undefined);
      const decided = result === 'ok' || result === 'not actuated' ? {} : undefined;
      const peerAway = result === 'away' || result === 'not actuated';
      return Promise.resolve({ record: { trigger }, decided, errorCode: undefined, peerAway } as CycleOutcome);
    },
    nextAtMs: () => ticker.nextAtMs,
  });
  const ticker = createTicker(clock, everyMs(periodSec * 1000), () => retry.begin());
  ticker.start();
  retry.begin();
  const stop = (): void => {
    ticker.stop();
    retry.stop();
  };
  return { clock, runs, retry, stop };
}

describe('early retry', () => {
  it('comes after 1, 2, 4 … s while a peer is away, and not once the period is nearer', async () => {
    const { clock, runs } = runner(60, () => 'away');
    await clock.advance(180_000);
    // At 31 s the next wait would be 32 s; from then on the period asks.
    expect(runs).to.deep.equal([0, 1, 3, 7, 15, 31, 60, 92, 120, 180]);
  });

  it('ends with the first cycle that succeeds, and is early again the next time', async () => {
    const { clock, runs } = runner(60, (atSec) => (atSec < 5 || (atSec >= 60 && atSec < 62) ? 'away' : 'ok'));
    await clock.advance(130_000);
    expect(runs).to.deep.equal([0, 1, 3, 7, 60, 61, 63, 120]);
  });

  it('tells when it is due', async () => {
    const { clock, retry } = runner(60, (atSec) => (atSec < 1 ? 'away' : 'ok'));
    await clock.advance(0);
    expect(retry.dueAtMs).to.equal(1000);
    await clock.advance(1000);
    expect(retry.dueAtMs).to.equal(null);
  });

  const never: { name: string; result: Result; trigger: CycleTrigger }[] = [
    { name: 'a cycle that succeeded', result: 'ok', trigger: 'period' },
    { name: 'a cycle that failed for another reason', result: 'failed', trigger: 'period' },
    { name: 'a cycle that was skipped', result: 'busy', trigger: 'period' },
    { name: 'a scheduled cycle that came to a decision', result: 'not actuated', trigger: 'schedule' },
  ];
  for (const { name, result, trigger } of never) {
    it(`does not come after ${name}`, async () => {
      const { clock, runs } = runner(10, () => result, trigger);
      await clock.advance(20_000);
      expect(runs).to.deep.equal([0, 10, 20]);
    });
  }

  it('comes after a cycle of the period whose decision did not reach the actuator', async () => {
    const { clock, runs } = runner(10, (_, run) => (run === 0 ? 'not actuated' : 'ok'));
    await clock.advance(10_000);
    expect(runs).to.deep.equal([0, 1, 10]);
  });

  it('does not come when it was stopped, not even of a cycle that was running then', async () => {
    const { clock, runs, stop } = runner(10, () => 'away');
    stop();
    await clock.advance(60_000);
    expect(runs).to.deep.equal([0]);
  });

  it('law: the period is kept, whatever fails, and no cycles come closer than a second', async () => {
    const results = fc.infiniteStream(fc.constantFrom<Result>('ok', 'away', 'failed', 'busy'));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), results, async (periodSec, stream) => {
        const { clock, runs } = runner(periodSec, () => stream.next().value as Result);
        await clock.advance(200_000);
        for (let sec = 0; sec <= 200; sec += periodSec) expect(runs).to.include(sec);
        for (const [index, sec] of runs.entries()) if (index > 0) expect(sec - runs[index - 1]!).to.be.at.least(1);
      }),
      { numRuns: 50 },
    );
  });
});
