import { expect } from 'chai';
import type { CycleRecord, ServersResponse } from '#shared/contracts/controller.js';
import type { CollectResponse } from '#shared/contracts/loop.js';
import { type LastKnown, type LoopState, NOTHING_KNOWN, remember } from './last-known.js';

const decided = { cycle: 3, servers: { a: {} } } as unknown as ServersResponse;
const restarted = { cycle: null, servers: {} } as unknown as ServersResponse;
const lastCycle = { cycle: 3 } as CycleRecord;
const collected = { at: 1 } as CollectResponse;
const silent: LoopState = { decided: undefined, lastCycle: undefined, collected: undefined };

function after(...looks: LoopState[]): LastKnown {
  return looks.reduce<LastKnown>((known, look, index) => remember(known, look, (index + 1) * 1000), NOTHING_KNOWN);
}

describe('remember', () => {
  const all = { decided, lastCycle, collected };

  it('takes what is told, with its time', () => {
    const known = { ...all, decidedAtMs: 1000, collectedAtMs: 1000, controllerSilence: undefined, collectorSilence: undefined };
    expect(after(all)).to.deep.equal(known);
  });

  it('keeps what was told by those that fall silent, and since when they do not answer', () => {
    expect(after(all, silent, silent)).to.deep.equal({
      ...all,
      decidedAtMs: 1000,
      collectedAtMs: 1000,
      controllerSilence: 'does not answer',
      collectorSilence: 'does not answer',
    });
    expect(after(all, { ...all, collected: undefined })).to.include({ decidedAtMs: 2000, collectedAtMs: 1000 });
  });

  it('keeps the servers of a controller that has started again until its first cycle', () => {
    const known = after(all, silent, { decided: restarted, lastCycle: undefined, collected });
    expect(known).to.include({ decided, lastCycle, decidedAtMs: 1000, controllerSilence: 'has not finished a cycle yet' });
    expect(remember(known, all, 9000)).to.include({ decidedAtMs: 9000, controllerSilence: undefined });
  });

  it('calls nobody silent who has not spoken yet', () => {
    for (const known of [after(silent), after({ ...silent, decided: restarted }, silent)])
      expect(known).to.include({ controllerSilence: undefined, collectorSilence: undefined });
  });
});
