import { expect } from 'chai';
import { decideOn, decideSettled } from '../test/support/decide-with.js';
import { dataWith, guardConfig, server, type FleetServer } from '../test/support/fleet.js';

describe('guard: room on the way down', () => {
  const withRoom = { config: { ...guardConfig, scaleDownMargin: 0.1 } };

  it('keeps a count whose successor would be tight, and says so', () => {
    const { changes, servers } = decideSettled([server('a', { replicas: 3, rate: 19 })], withRoom, 4);
    expect(changes).to.deep.equal({});
    expect(servers['a']?.verdict).to.include({ action: 'hold', hold: 'stabilising' });
    expect(servers['a']?.verdict.reason).to.contain('3 → 2 would leave less than 10 % of room');
  });

  it('goes down where the room is just enough', () => {
    // 18 × 1.1 = 19.8 of 20.
    expect(decideSettled([server('a', { replicas: 3, rate: 18 })], withRoom).changes['a']?.numReplicas).to.equal(2);
  });

  it('goes down to the least count that has the room', () => {
    const { changes, servers } = decideSettled([server('a', { replicas: 6, rate: 20 })], withRoom);
    expect(changes['a']?.numReplicas).to.equal(3);
    expect(servers['a']?.verdict.reason).to.contain('6 → 2 would leave less than 10 % of room');
  });

  it('is no reason to grow, nor to move at once', () => {
    expect(decideSettled([server('a', { replicas: 2, rate: 20 })], withRoom).changes).to.deep.equal({});
    expect(decideOn([server('a', { replicas: 2, rate: 35 })], withRoom).changes['a']?.numReplicas).to.equal(4);
    // An L4 is cheaper, and full with that.
    const first = decideOn([server('a', { accelerator: 'A100', replicas: 1, rate: 10 })], withRoom);
    expect(first.servers['a']?.verdict).to.include({ action: 'hold', hold: 'stabilising' });
  });

  it('is not kept of a measured idle', () => {
    expect(decideSettled([server('a', { replicas: 5, rate: 0 })], withRoom).changes['a']?.numReplicas).to.equal(1);
  });

  describe('of a load that is measured by counting', () => {
    // An L4 carries 10 requests/min, an A100 50 at four times the price.
    const counted = (windowMs: number) => ({ coverage: { spanMs: windowMs, windowMs, quality: 'full' as const } });
    const settled = (item: Partial<FleetServer>, config = withRoom.config) => {
      let decision = decideOn([server('a', item)], { config });
      for (let sec = 60; sec <= 300; sec += 60) {
        decision = decideOn([server('a', item)], { config, nowMs: sec * 1000, state: decision.state });
      }
      return decision;
    };

    it('is what chance may have hidden, where that is more than the margin', () => {
      // 25 in a minute: 2/√25, 40 %. As many in each of four minutes: 20 %.
      expect(settled({ replicas: 6, rate: 25, ...counted(60_000) }).changes['a']?.numReplicas).to.equal(4);
      expect(settled({ replicas: 6, rate: 25, ...counted(240_000) }).changes['a']?.numReplicas).to.equal(3);
      const { verdict } = settled({ replicas: 4, rate: 25, ...counted(60_000) }).servers['a']!;
      expect(verdict.reason).to.contain('4 → 3 would leave less than 40 % of room');
    });

    it('is never more than as much again', () => {
      expect(settled({ replicas: 6, rate: 11, ...counted(10_000) }).changes['a']?.numReplicas).to.equal(3);
    });

    it('is the margin alone where the load is declared, and none where none is set', () => {
      expect(settled({ replicas: 6, rate: 25 }).changes['a']?.numReplicas).to.equal(3);
      expect(settled({ replicas: 6, rate: 29, ...counted(60_000) }, guardConfig).changes['a']?.numReplicas).to.equal(3);
    });

    it('is asked of another accelerator too: none is left for one that a little more load makes the dearer', () => {
      // 45 on an A100 at 40 instead of five L4 at 50; with 30 % more two at 80 instead of six at 60.
      const fleet = { replicas: 5, rate: 45, ...counted(60_000) };
      expect(decideOn([server('a', fleet)], { config: guardConfig }).servers['a']?.wanted).to.include({ accelerator: 'A100' });
      const { changes, servers } = settled(fleet);
      expect(changes).to.deep.equal({});
      expect(servers['a']?.verdict.reason).to.contain(
        '1 × A100 would leave less than 29.8 % of room, and 2 are no cheaper than 6 × L4',
      );
      expect(settled({ ...fleet, coverage: undefined }).changes['a']).to.include({ accelerator: 'A100', numReplicas: 1 });
    });

    it('keeps nobody where there are no cards to stay', () => {
      const few = { config: withRoom.config, data: dataWith({ L4: 4, A100: 4 }) };
      const fleet = [server('a', { replicas: 4, rate: 48, ...counted(60_000) })];
      expect(decideOn(fleet, few).changes['a']).to.include({ accelerator: 'A100', numReplicas: 1 });
    });
  });

  it('law: a load that wavers by less than the margin never moves the count twice', () => {
    const onL4 = { ...withRoom, data: dataWith({ L4: 20, A100: 0 }) };
    for (let rate = 5; rate < 90; rate++) {
      let replicas = 12;
      let { state } = decideOn([server('a', { replicas, rate })], onL4);
      const counts: number[] = [];
      for (let cycle = 0; cycle < 8; cycle++) {
        const noisy = cycle % 4 < 2 ? rate : rate * 1.09;
        const decision = decideOn([server('a', { replicas, rate: noisy })], { ...onL4, state });
        ({ state } = decision);
        replicas = decision.changes['a']?.numReplicas ?? replicas;
        counts.push(replicas);
      }
      expect(counts, `${rate} requests/min`).to.deep.equal([...counts].sort((a, b) => b - a));
    }
  });
});
