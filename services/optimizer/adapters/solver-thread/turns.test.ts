import { expect } from 'chai';
import { errorText } from '#shared/observe/logger.js';
import { createTurns, type Turns } from './turns.js';

const never = new AbortController().signal;

function turnsFor(mostWaiting: number): Turns {
  return createTurns(mostWaiting, () => new Error('too many'));
}

/** Lets all run that can. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('createTurns', () => {
  it('gives one turn after the other, in the order of asking', async () => {
    const turns = turnsFor(10);
    const log: string[] = [];
    const ends = new Map<string, () => void>();
    const ask = async (name: string): Promise<void> => {
      const end = await turns.take(never);
      log.push(name);
      ends.set(name, end);
    };
    for (const name of ['a', 'b', 'c']) void ask(name);
    for (const name of ['a', 'b', 'c']) {
      await settle();
      expect(log.at(-1)).to.equal(name);
      void ask(`${name} again`);
      ends.get(name)?.();
    }
    await settle();
    expect(log).to.deep.equal(['a', 'b', 'c', 'a again']);
  });

  it('turns away who would be one too many, and takes others once there is room', async () => {
    const turns = turnsFor(1);
    const end = await turns.take(never);
    const second = turns.take(never);
    expect(await turns.take(never).then(() => '', errorText)).to.equal('too many');
    end();
    const third = (await second, turns.take(never));
    (await second)();
    (await third)();
    expect(await turns.take(never)).to.be.a('function');
  });

  it('passes over who gives up waiting, and keeps no place for them', async () => {
    const turns = turnsFor(1);
    const end = await turns.take(never);
    const caller = new AbortController();
    const givenUp = turns.take(caller.signal).then(() => '', errorText);
    caller.abort(new Error('gone'));
    expect(await givenUp).to.equal('gone');
    const next = turns.take(never);
    end();
    expect(await next).to.be.a('function');
  });

  it('gives no turn to who has given up before asking', async () => {
    const turns = turnsFor(1);
    expect(await turns.take(AbortSignal.abort(new Error('gone'))).then(() => '', errorText)).to.equal('gone');
    expect(await turns.take(never)).to.be.a('function');
  });
});
