import { expect } from 'chai';
import { sleep } from '#shared/clock/clock.js';
import { ManualClock } from '#shared/clock/manual-clock.js';

describe('ManualClock', () => {
  it('fires timers in order of due time, then of scheduling', async () => {
    const clock = new ManualClock(1000);
    const fired: string[] = [];
    clock.schedule(20, () => fired.push(`late@${clock.now()}`));
    clock.schedule(10, () => fired.push(`first@${clock.now()}`));
    clock.schedule(10, () => fired.push(`second@${clock.now()}`));
    const cancel = clock.schedule(15, () => fired.push('cancelled'));
    cancel();
    await clock.advance(19);
    expect(fired).to.deep.equal(['first@1010', 'second@1010']);
    await clock.advance(1);
    expect(fired).to.deep.equal(['first@1010', 'second@1010', 'late@1020']);
  });

  it('fires a timer that a sleeping task schedules on the way', async () => {
    const clock = new ManualClock();
    const wokeAt: number[] = [];
    const task = (async () => {
      await sleep(clock, 10);
      wokeAt.push(clock.now());
      await sleep(clock, 10);
      wokeAt.push(clock.now());
    })();
    await clock.advance(25);
    await task;
    expect(wokeAt).to.deep.equal([10, 20]);
  });

  it('rejects a sleep whose signal aborts', async () => {
    const clock = new ManualClock();
    const abort = new AbortController();
    const task = sleep(clock, 10, abort.signal).then(
      () => 'slept',
      (error: unknown) => String(error),
    );
    abort.abort(new Error('stopping'));
    expect(await task).to.equal('Error: stopping');
  });
});
