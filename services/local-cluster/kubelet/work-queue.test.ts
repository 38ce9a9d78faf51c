import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import { createWorkQueue, type WorkQueue } from './work-queue.js';

describe('createWorkQueue', () => {
  let clock: ManualClock;
  let queue: WorkQueue;
  let started: string[];
  let finish: Map<string, (error?: Error) => void>;
  let errors: string[];

  beforeEach(() => {
    clock = new ManualClock();
    started = [];
    errors = [];
    finish = new Map();
    queue = createWorkQueue({
      process: (key) => {
        started.push(key);
        return new Promise((resolve, reject) => {
          finish.set(key, (error) => {
            if (error === undefined) resolve();
            else reject(error);
          });
        });
      },
      concurrency: 2,
      clock,
      onError: (key, _error, retryInMs) => errors.push(`${key} ${retryInMs}`),
    });
  });

  const done = async (key: string, error?: Error): Promise<void> => {
    finish.get(key)?.(error);
    await clock.advance(0);
  };

  it('handles a key once however often it is added while it waits, and once more when added while it runs', async () => {
    queue.add('a');
    queue.add('a');
    queue.add('a');
    await done('a');
    await done('a');
    expect(started).to.deep.equal(['a', 'a']);
    expect(queue.size).to.equal(0);
  });

  it('runs no more at a time than allowed, and never one key twice', async () => {
    for (const key of ['a', 'b', 'c', 'a']) queue.add(key);
    expect(started).to.deep.equal(['a', 'b']);
    await done('b');
    expect(started).to.deep.equal(['a', 'b', 'c']);
    await done('a');
    expect(started).to.deep.equal(['a', 'b', 'c', 'a']);
  });

  it('tries again after a wait that doubles, and adding does not cut the wait short', async () => {
    queue.add('a');
    await done('a', new Error('no'));
    queue.add('a');
    expect(started).to.have.length(1);
    await clock.advance(200);
    expect(started).to.have.length(2);
    await done('a', new Error('no'));
    await clock.advance(399);
    expect(started).to.have.length(2);
    await clock.advance(1);
    expect(started).to.have.length(3);
    await done('a');
    queue.add('a');
    await done('a', new Error('no'));
    expect(errors).to.deep.equal(['a 200', 'a 400', 'a 200']);
  });

  it('waits for what runs when it is stopped, and starts nothing more', async () => {
    queue.add('a');
    queue.add('b', 50);
    const stopped = queue.stop();
    queue.add('c');
    await done('a', new Error('late'));
    await stopped;
    await clock.advance(1_000);
    expect(started).to.deep.equal(['a']);
    expect(errors).to.deep.equal([]);
  });
});
