import { expect } from 'chai';
import { decideOn, decideSettled } from '../test/support/decide-with.js';
import { dataWith, guardConfig, server } from '../test/support/fleet.js';

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
