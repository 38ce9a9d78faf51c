import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import { silentLogger } from '#shared/observe/logger.js';
import { type Again, createWorkQueue, type WorkQueue } from './work-queue.js';

describe('work queue', () => {
  const clock = () => new ManualClock();

  function queueOf(on: ManualClock, reconcile: (key: string) => Promise<Again | undefined>, workers = 1): WorkQueue {
    return createWorkQueue({ name: 'test', clock: on, logger: silentLogger, workers, reconcile });
  }

  it('works once on a key that is added many times before its turn', async () => {
    const time = clock();
    const worked: string[] = [];
    const queue = queueOf(time, (key) => {
      worked.push(key);
      return Promise.resolve(undefined);
    });
    for (const key of ['a', 'b', 'a', 'b', 'b']) queue.add(key);
    await time.advance(0);
    // The first was taken up at once, so its repetition counts as news.
    expect(worked).to.deep.equal(['a', 'b', 'a']);
  });

  it('comes back once to a key that is added while it is worked on, and never works on it twice at a time', async () => {
    const time = clock();
    let under = 0;
    let most = 0;
    let rounds = 0;
    const ends: (() => void)[] = [];
    const queue = queueOf(
      time,
      async () => {
        rounds += 1;
        under += 1;
        most = Math.max(most, under);
        await new Promise<void>((resolve) => ends.push(resolve));
        under -= 1;
        return undefined;
      },
      4,
    );
    queue.add('a');
    await time.advance(0);
    queue.add('a');
    queue.add('a');
    ends.shift()?.();
    await time.advance(0);
    expect({ rounds, most }).to.deep.equal({ rounds: 2, most: 1 });
    ends.shift()?.();
    await queue.stop();
  });

  it('keeps to its number of workers', async () => {
    const time = clock();
    const started: string[] = [];
    const ends: (() => void)[] = [];
    const queue = queueOf(
      time,
      async (key) => {
        started.push(key);
        await new Promise<void>((resolve) => ends.push(resolve));
        return undefined;
      },
      2,
    );
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await time.advance(0);
    expect(started).to.deep.equal(['a', 'b']);
    ends.shift()?.();
    await time.advance(0);
    expect(started).to.deep.equal(['a', 'b', 'c']);
    for (const end of ends) end();
    await queue.stop();
  });

  it('tries a failing key again after 5, 10, 20 ms, and from 5 again after a success', async () => {
    const time = clock();
    const at: number[] = [];
    let isFailing = true;
    const queue = queueOf(time, () => {
      at.push(time.now());
      return isFailing ? Promise.reject(new Error('no')) : Promise.resolve(undefined);
    });
    queue.add('a');
    await time.advance(35);
    expect(at).to.deep.equal([0, 5, 15, 35]);
    isFailing = false;
    await time.advance(40);
    isFailing = true;
    queue.add('a');
    await time.advance(5);
    expect(at.slice(4)).to.deep.equal([75, 75, 80]);
    await queue.stop();
  });

  it('comes back when the work asks for it; the earliest of several dates counts', async () => {
    const time = clock();
    const at: number[] = [];
    const queue = queueOf(time, () => {
      at.push(time.now());
      return Promise.resolve(at.length === 1 ? { againInMs: 100 } : undefined);
    });
    queue.add('a');
    await time.advance(10);
    queue.addAfter('a', 20);
    queue.addAfter('a', 500);
    await time.advance(1000);
    expect(at).to.deep.equal([0, 30]);
  });

  it('stops after what is under way, and takes nothing any more', async () => {
    const time = clock();
    let end: () => void = () => undefined;
    const worked: string[] = [];
    const queue = queueOf(time, async (key) => {
      worked.push(key);
      await new Promise<void>((resolve) => (end = resolve));
      return { againInMs: 1 };
    });
    queue.add('a');
    queue.add('b');
    await time.advance(0);
    let isStopped = false;
    const stopping = queue.stop().then(() => (isStopped = true));
    queue.add('c');
    await time.advance(10);
    expect(isStopped).to.equal(false);
    end();
    await stopping;
    await time.advance(1000);
    expect(worked).to.deep.equal(['a']);
  });
});
