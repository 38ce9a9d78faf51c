import { expect } from 'chai';
import fc from 'fast-check';
import type { ScheduleEntry } from '#shared/contracts/loop.js';
import { decideOn, decideSettled } from '../test/support/decide-with.js';
import { server, type FleetServer } from '../test/support/fleet.js';
import { boundsOf } from './scheduled-bounds.js';

describe('guard: scheduled bounds', () => {
  const entry = (bounds: Partial<ScheduleEntry>): ScheduleEntry => {
    return { start: '0 9 * * *', end: '0 17 * * *', timeZone: 'UTC', ...bounds };
  };
  const within = (bounds: Partial<ScheduleEntry>) => ({ bounds: new Map([['a', boundsOf([entry(bounds)])!]]) });
  const fleet = (overrides: Partial<FleetServer>) => [server('a', overrides)];

  it('raise to the minimum at once, known load or not, and say so', () => {
    for (const rate of [20, 'HTTP 401']) {
      const { changes, servers } = decideOn(fleet({ rate }), within({ minReplicas: 4 }));
      expect(changes['a']).to.include({ accelerator: 'L4', numReplicas: 4 });
      expect(servers['a']?.verdict.reason).to.contain('scheduled minimum 4 ("0 9 * * *" to "0 17 * * *" UTC)');
    }
  });

  it('keep from more than the maximum, and say so', () => {
    const { changes, servers } = decideOn(fleet({ rate: 90 }), within({ maxReplicas: 1 }));
    expect(changes['a']?.numReplicas).to.equal(1);
    expect(servers['a']?.verdict.reason).to.contain('scheduled maximum 1');
  });

  it('are not named where they keep from nothing', () => {
    const { changes, servers } = decideOn(fleet({ rate: 35 }), within({ minReplicas: 4, maxReplicas: 9 }));
    expect(changes['a']?.numReplicas).to.equal(4);
    expect(servers['a']?.verdict.reason).not.to.contain('scheduled');
  });

  it('stand in for the labels’ bounds, a maximum never below the minimum', () => {
    const labelled = fleet({ rate: 0, replicas: 3, spec: { minNumReplicas: 3, maxNumReplicas: 5 } });
    expect(decideSettled(labelled, within({ minReplicas: 0 })).changes['a']?.numReplicas).to.equal(0);
    expect(decideSettled(labelled, within({ minReplicas: 8 })).changes['a']?.numReplicas).to.equal(8);
    expect(decideSettled(labelled, within({ maxReplicas: 1 })).changes).to.deep.equal({});
  });

  it('law: an active minimum is reached where there are cards, and an active maximum is not exceeded', () => {
    const bounds = fc.record({ minReplicas: fc.nat(8), extra: fc.nat(4) });
    fc.assert(
      fc.property(
        bounds,
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0, max: 8 }),
        ({ minReplicas, extra }, rate, has) => {
          const maxReplicas = minReplicas + extra;
          const { servers } = decideOn(fleet({ rate, replicas: has }), within({ minReplicas, maxReplicas }));
          const { numReplicas } = servers['a']!.planned;
          expect(numReplicas).to.be.at.least(minReplicas);
          expect(numReplicas).to.be.at.most(Math.max(maxReplicas, 1));
        },
      ),
    );
  });
});
