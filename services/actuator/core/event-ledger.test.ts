import { expect } from 'chai';
import fc from 'fast-check';
import { EMPTY_LEDGER, forget, record, type DeploymentEvent, type EventWrite, type Ledger } from './event-ledger.js';

const MINUTE = 60_000;

describe('events: what is written of them', () => {
  const event = (message = 'it happened', uid = 'u1'): DeploymentEvent => {
    return { uid, space: 'infer', name: 'dep1', type: 'Warning', reason: 'Unserved', message };
  };

  function tell(story: readonly (readonly [DeploymentEvent, number])[]): (EventWrite | undefined)[] {
    let ledger: Ledger = EMPTY_LEDGER;
    return story.map(([one, atMs]) => {
      const step = record(ledger, one, atMs);
      ({ ledger } = step);
      return step.write;
    });
  }

  it('counts a repetition on the first one, once a minute', () => {
    const writes = tell([0, 10_000, 20_000, MINUTE, MINUTE + 10_000].map((at) => [event(), at] as const));
    expect(writes.map((write) => write?.kind)).to.deep.equal(['create', undefined, undefined, 'count', undefined]);
    expect(writes[3]).to.deep.equal({ kind: 'count', eventName: writes[0]!.eventName, count: 4 });
  });

  it('is new with other words, of another object, and after an hour', () => {
    const writes = tell([
      [event(), 0],
      [event('other words'), 0],
      [event('it happened', 'u2'), 0],
      [event(), 60 * MINUTE],
    ]);
    expect(writes.map((write) => write?.kind)).to.deep.equal(['create', 'create', 'create', 'create']);
    expect(new Set(writes.map((write) => write?.eventName)).size).to.equal(4);
  });

  it('is new after a failed write', () => {
    const { ledger } = record(EMPTY_LEDGER, event(), 0);
    expect(record(forget(ledger, event()), event(), 10).write?.kind).to.equal('create');
  });

  it('law: no object has more than 20 new ones and one a minute, whatever happens to others', () => {
    const step = fc.record({ message: fc.nat(500), uid: fc.constantFrom('u1', 'u2'), afterMs: fc.nat(5000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let nowMs = 0;
        const story = steps.map(({ message, uid, afterMs }) => [event(String(message), uid), (nowMs += afterMs)] as const);
        const writes = tell(story);
        for (const uid of ['u1', 'u2']) {
          const mine = writes.filter((write, index) => write?.kind === 'create' && story[index]![0].uid === uid);
          expect(mine.length).to.be.at.most(20 + Math.ceil(nowMs / MINUTE));
        }
      }),
    );
  });
});
