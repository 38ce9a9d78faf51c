import { expect } from 'chai';
import type { Verdict } from '#shared/contracts/controller.js';
import type { GrantedAllocation } from '#shared/contracts/optimizer.js';
import { decideOn, decideSettled, type Solve } from '../test/support/decide-with.js';
import { collected, dataWith, guardConfig, server, type FleetServer } from '../test/support/fleet.js';
import { toySolve } from '../test/support/toy-solver.js';

function verdicts(fleet: readonly FleetServer[], overrides: Parameters<typeof decideOn>[1] = {}): Record<string, Verdict> {
  const { servers } = decideOn(fleet, overrides);
  return Object.fromEntries(Object.entries(servers).map(([name, { verdict }]) => [name, verdict]));
}

describe('guard', () => {
  it('scales up at once', () => {
    const { changes, servers } = decideOn([server('a', { replicas: 2, rate: 35 })]);
    expect(changes['a']?.numReplicas).to.equal(4);
    expect(servers['a']?.verdict.action).to.equal('scale-up');
    expect(servers['a']?.verdict.reason).to.contain('2 → 4 × L4: 35 requests/min at up to 10 each');
  });

  it('keeps what is right, and asks nothing of the actuator', () => {
    const { changes, servers } = decideOn([server('a', { replicas: 2, rate: 20 })]);
    expect(changes).to.deep.equal({});
    expect(servers['a']?.verdict.action).to.equal('keep');
  });

  it('scales down only once the lower need has held for the window', () => {
    const fleet = [server('a', { replicas: 5, rate: 20 })];
    const first = decideOn(fleet);
    expect(first.changes).to.deep.equal({});
    expect(first.servers['a']?.verdict).to.include({ action: 'hold', hold: 'stabilising' });
    const second = decideOn(fleet, { state: first.state });
    expect(second.changes['a']?.numReplicas).to.equal(2);
    expect(second.servers['a']?.verdict.action).to.equal('scale-down');
  });

  it('goes down to the highest need of the window, not to the lowest', () => {
    const first = decideOn([server('a', { replicas: 9, rate: 60 })]);
    const second = decideOn([server('a', { replicas: 9, rate: 20 })], { state: first.state });
    expect(second.changes['a']?.numReplicas).to.equal(6);
    expect(second.servers['a']?.verdict).to.include({ action: 'scale-down', hold: 'stabilising' });
  });

  it('starts the window anew after a cycle without a known load', () => {
    const low = decideOn([server('a', { replicas: 5, rate: 20 })]);
    const gap = decideOn([server('a', { replicas: 5, rate: 'scrape failed' })], { state: low.state });
    const again = decideOn([server('a', { replicas: 5, rate: 20 })], { state: gap.state });
    expect(again.changes).to.deep.equal({});
    expect(decideOn([server('a', { replicas: 5, rate: 20 })], { state: again.state }).changes['a']?.numReplicas).to.equal(2);
  });

  const unknowns: Record<string, Partial<FleetServer>> = {
    'no arrival rate': { rate: 'HTTP 401' },
    'a negative arrival rate': { rate: -3 },
    'a rate without output tokens': { rate: 5, outTokens: 'no completions yet' },
    'a rate with zero output tokens': { rate: 5, outTokens: 0 },
  };
  for (const [name, unknown] of Object.entries(unknowns)) {
    it(`holds on ${name}, however long; a measured idle scales down`, () => {
      const held = decideSettled([server('a', { replicas: 5, ...unknown })], {}, 5);
      expect(held.changes).to.deep.equal({});
      expect(held.servers['a']?.verdict).to.include({ action: 'hold', hold: 'load-unknown' });
      const idle = decideSettled([server('a', { replicas: 5, rate: 0, outTokens: 'idle' })]);
      expect(idle.changes['a']?.numReplicas).to.equal(1);
    });
  }

  it('brings a server up to its minimum whether or not its load is known', () => {
    const { changes } = decideOn([server('a', { replicas: 0, rate: 'no pods' })]);
    expect(changes['a']?.numReplicas).to.equal(1);
  });

  it('goes to zero only where the minimum says so', () => {
    const idle = { replicas: 2, rate: 0 };
    expect(decideSettled([server('a', idle)]).changes['a']?.numReplicas).to.equal(1);
    expect(decideSettled([server('a', { ...idle, spec: { minNumReplicas: 0 } })]).changes['a']?.numReplicas).to.equal(0);
  });

  it('goes to zero where it is, whatever accelerator the solver names for no replicas', () => {
    const fleet = [server('a', { replicas: 2, rate: 0, spec: { minNumReplicas: 0 } })];
    const elsewhere: Solve = (problem) => {
      const answer = toySolve(problem);
      return { ...answer, allocations: { a: { ...answer.allocations['a']!, accelerator: 'A100' } } };
    };
    const { state } = decideOn(fleet, {}, elsewhere);
    const { changes, servers } = decideOn(fleet, { state }, elsewhere);
    expect(changes['a']).to.include({ accelerator: 'L4', numReplicas: 0 });
    expect(servers['a']?.verdict.action).to.equal('scale-down');
  });

  it('obeys a lowered maximum at once', () => {
    const { changes } = decideOn([server('a', { replicas: 5, rate: 45, spec: { maxNumReplicas: 3 } })]);
    expect(changes['a']?.numReplicas).to.equal(3);
  });

  it('does not scale down while a measured latency is above its target; below, it does', () => {
    const fleet = (itl: number) => [server('a', { replicas: 5, rate: 20, itl })];
    const held = decideSettled(fleet(41));
    expect(held.changes).to.deep.equal({});
    expect(held.servers['a']?.verdict).to.include({ action: 'hold', hold: 'slo-measured' });
    expect(held.servers['a']?.verdict.reason).to.contain('measured ITL 41 > 40 ms');
    expect(decideSettled(fleet(39)).changes['a']?.numReplicas).to.equal(2);
  });

  it('does not scale down to a count that, by the prediction, misses a target or does not carry the load', () => {
    const fleet = [server('a', { replicas: 5, rate: 20 })];
    const wrong: Record<string, (allocation: GrantedAllocation) => GrantedAllocation> = {
      'predicted ITL 44 > 40 ms': (allocation) => ({ ...allocation, itlAverage: 44 }),
      'predicted TTFT 1100 > 1000 ms': (allocation) => ({ ...allocation, ttftAverage: 1100 }),
      '1 carry 10 of 20 requests/min': (allocation) => ({ ...allocation, numReplicas: 1 }),
    };
    for (const [reason, spoil] of Object.entries(wrong)) {
      const solve: Solve = (problem) => {
        const answer = toySolve(problem);
        const spoilt = Object.entries(answer.allocations).map(([name, allocation]) => [name, spoil(allocation)] as const);
        return { ...answer, allocations: Object.fromEntries(spoilt) };
      };
      const { state } = decideOn(fleet, {}, solve);
      const { changes, servers } = decideOn(fleet, { state }, solve);
      expect(changes, reason).to.deep.equal({});
      expect(servers['a']?.verdict).to.include({ action: 'hold', hold: 'slo-predicted' });
      expect(servers['a']?.verdict.reason).to.contain(reason);
    }
  });

  it('counts starting pods as coming: the same need asks for no more', () => {
    const status = { readyReplicas: 2, startingReplicas: 2 };
    const { changes } = decideOn([server('a', { replicas: 4, rate: 40, status })]);
    expect(changes).to.deep.equal({});
  });

  const unhandled: Record<string, [Partial<FleetServer>, string, string]> = {
    class: [{ class: 'Gold' }, 'unknown-class', 'no service class "Gold"; known: Free, Premium'],
    model: [{ model: 'gpt' }, 'unknown-model', 'no data of model "gpt" on any accelerator'],
    accelerator: [{ accelerator: 'H100' }, 'unknown-accelerator', 'runs on "H100", which has no data; known: 2xA100, A100, L4'],
  };
  for (const [what, [overrides, code, reason]] of Object.entries(unhandled)) {
    it(`holds a server of an unknown ${what} and handles the others`, () => {
      const { changes, servers } = decideSettled([
        server('a', { replicas: 5, rate: 0, ...overrides }),
        server('b', { rate: 35 }),
      ]);
      expect(changes).to.have.all.keys('b');
      expect(servers['a']?.verdict).to.include({ action: 'hold', hold: code });
      expect(servers['a']?.verdict.reason).to.contain(reason);
    });
  }

  it('leaves two Deployments of one name alone', () => {
    const fleet = [server('a', { replicas: 5, rate: 0 }), server('a', { replicas: 3, rate: 0 })];
    expect(decideSettled(fleet).servers['a']?.verdict).to.include({ action: 'hold', hold: 'duplicate-server' });
  });

  it('keeps the cards of a held server out of reach of the others', () => {
    const fleet = [server('a', { class: 'Free', replicas: 6, rate: 'unknown' }), server('b', { replicas: 2, rate: 90 })];
    const { changes, capacity } = decideOn(fleet, { data: dataWith({ L4: 8, A100: 0 }) });
    expect(changes).to.deep.equal({});
    expect(capacity['L4']).to.deep.equal({ total: 8, used: 8, planned: 8 });
  });

  it('keeps the cards of Deployments that are no servers out of reach, those still to come included', () => {
    const fleet = [server('b', { replicas: 2, rate: 45 })];
    const data = dataWith({ L4: 8, A100: 1 });
    const twin = { object: 'infer/x', model: 'm', accelerator: 'L4', desiredReplicas: 4, podsByAccelerator: { L4: 2, A100: 1 } };
    const withTwin = { data, collected: { ...collected(fleet), unhandled: [twin] } };
    expect(decideOn(fleet, { data }).changes['b']?.numReplicas).to.equal(5);
    const { changes, capacity } = decideOn(fleet, withTwin);
    expect(changes['b']?.numReplicas ?? 2).to.be.at.most(4);
    expect(capacity['L4']).to.include({ total: 8, used: 6 });
    expect(capacity['A100']).to.deep.equal({ total: 1, used: 1, planned: 1 });
  });

  it('counts what a change of accelerator that goes on will lead to, and the replicas that it goes through', () => {
    // 1 × L4 becomes 3 × 2xA100, or 4 × L4 become 1 × A100 by way of 4.
    const data = dataWith({ L4: 20, A100: 7 });
    const rolling = (status: Partial<FleetServer['status']>, replicas: number, accelerator: string) =>
      server('a', { accelerator, replicas, status: { rolloutInProgress: true, podsByAccelerator: { L4: replicas }, ...status } });
    const other = server('b', { accelerator: 'A100', replicas: 1, rate: 140 });
    for (const [moving, left] of [
      [rolling({ pendingReplicas: 3 }, 1, '2xA100'), 1],
      [rolling({ pendingReplicas: 1 }, 4, 'A100'), 3],
    ] as const) {
      const { servers, changes, capacity } = decideOn([moving, other], { data });
      expect(servers['a']?.verdict).to.include({ hold: 'accelerator-change' });
      expect(changes).not.to.have.property('a');
      expect(servers['a']?.planned.numReplicas).to.equal(moving.status.pendingReplicas);
      const given = changes['b']?.accelerator === 'L4' ? 1 : (changes['b']?.numReplicas ?? 1);
      expect(given).to.be.at.most(left);
      expect(capacity['A100']!.used).to.equal(7 - left + 1);
    }
  });

  it('holds a paused server and shows what the solver alone would want', () => {
    const fleet = [server('a', { rate: 35 }), server('b', { rate: 35 })];
    const { changes, servers } = decideOn(fleet, { collected: collected(fleet, { servers: { a: true } }) });
    expect(changes).to.have.all.keys('b');
    expect(servers['a']?.verdict).to.include({ action: 'hold', hold: 'paused' });
    expect(servers['a']?.wanted).to.include({ accelerator: 'L4', numReplicas: 4 });
  });

  describe('a count that somebody else wrote', () => {
    const fleet = [server('a', { replicas: 7, rate: 20, status: { lastWrittenReplicas: 2 } })];

    it('is held for a window, then taken over', () => {
      const first = decideOn(fleet);
      const second = decideOn(fleet, { state: first.state });
      const third = decideOn(fleet, { state: second.state });
      expect(first.servers['a']?.verdict).to.include({ action: 'hold', hold: 'foreign-write' });
      expect(second.servers['a']?.verdict).to.include({ action: 'hold', hold: 'foreign-write' });
      expect(third.changes['a']?.numReplicas).to.equal(2);
    });

    it('is held anew when it changes again', () => {
      const second = decideSettled(fleet);
      const other = [server('a', { replicas: 8, rate: 20, status: { lastWrittenReplicas: 2 } })];
      expect(decideOn(other, { state: second.state }).servers['a']?.verdict.hold).to.equal('foreign-write');
    });
  });

  describe('change of accelerator', () => {
    // 10 requests/min are one L4 for 10, or one A100 for 40 cents/hr.
    const toL4 = { accelerator: 'A100', replicas: 1, rate: 10 };

    it('for the sake of cost waits until it was wanted for the window', () => {
      const first = decideOn([server('a', toL4)]);
      expect(first.servers['a']?.verdict).to.include({ action: 'hold', hold: 'stabilising' });
      const second = decideOn([server('a', toL4)], { state: first.state });
      expect(second.changes['a']).to.include({ accelerator: 'L4', numReplicas: 1 });
      expect(second.servers['a']?.verdict.action).to.equal('change-accelerator');
    });

    it('for lack of capacity comes at once', () => {
      const data = dataWith({ L4: 2, A100: 5 });
      const { changes } = decideOn([server('a', { replicas: 2, rate: 140 })], { data });
      expect(changes['a']).to.include({ accelerator: 'A100', numReplicas: 3 });
    });

    it('comes once per cooldown, while the count stays free', () => {
      const status = { acceleratorChangedAt: 1_000 };
      const at = (nowMs: number) => decideSettled([server('a', { ...toL4, status })], { nowMs });
      expect(at(200_000).servers['a']?.verdict).to.include({ action: 'hold', hold: 'cooldown' });
      expect(at(302_000).changes['a']?.accelerator).to.equal('L4');
      const grown = decideOn([server('a', { accelerator: 'A100', replicas: 1, rate: 90, status })], { nowMs: 200_000 });
      expect(grown.changes['a']).to.include({ accelerator: 'A100', numReplicas: 2 });
    });

    it('pins the server until the old pods are gone, whose cards nobody gets', () => {
      const status = { rolloutInProgress: true, podsByAccelerator: { L4: 4, A100: 1 } };
      const fleet = [
        server('a', { accelerator: 'A100', replicas: 2, rate: 300, status }),
        server('b', { replicas: 2, rate: 60 }),
      ];
      const { changes, servers } = decideOn(fleet, { data: dataWith({ L4: 8, A100: 2 }) });
      expect(servers['a']?.verdict).to.include({ action: 'hold', hold: 'accelerator-change' });
      expect(changes['b'] ?? servers['b']?.planned).to.include({ numReplicas: 2 });
    });

    it('waits for cards enough for the roll-out of all replicas', () => {
      const data = dataWith({ L4: 20, A100: 3 });
      const fleet = [server('a', { replicas: 5, rate: 50 })];
      const { servers } = decideSettled(fleet, { data });
      expect(servers['a']?.verdict).to.include({ action: 'hold', hold: 'cards' });
      expect(servers['a']?.verdict.reason).to.contain('waits for 2 more A100 cards (3 free)');
      expect(decideSettled(fleet, { data: dataWith({ L4: 20, A100: 5 }) }).changes['a']).to.include({ accelerator: 'A100' });
    });
  });

  it('lets growth wait for cards that another server has yet to release', () => {
    const fleet = [server('idle', { class: 'Free', replicas: 6, rate: 0 }), server('busy', { replicas: 2, rate: 60 })];
    const data = dataWith({ L4: 8, A100: 0 });
    const { changes, servers } = decideSettled(fleet, { data });
    expect(changes['idle']?.numReplicas).to.equal(1);
    expect(changes['busy']).to.equal(undefined);
    expect(servers['busy']?.verdict).to.include({ action: 'hold', hold: 'cards' });
    expect(servers['busy']?.verdict.reason).to.contain('to be released by idle');
  });

  it('does not give out cards that terminating pods still hold', () => {
    const fleet = [
      server('idle', { class: 'Free', replicas: 1, rate: 5, status: { terminatingReplicas: 5, podsByAccelerator: { L4: 6 } } }),
      server('busy', { replicas: 1, rate: 60 }),
    ];
    const decision = decideOn(fleet, { data: dataWith({ L4: 8, A100: 0 }) });
    expect(decision.changes).to.deep.equal({});
    expect(decision.capacity['L4']).to.include({ total: 8, used: 7 });
  });

  describe('ceilings', () => {
    const fleet = [server('free', { class: 'Free', replicas: 1, rate: 40 }), server('premium', { replicas: 1, rate: 40 })];

    it('on cost serve the highest priority first', () => {
      const { changes, servers, cost } = decideOn(fleet, { config: { ...guardConfig, maxCostPerHr: 60 } });
      expect(changes['premium']?.numReplicas).to.equal(4);
      expect(changes['free']?.numReplicas).to.equal(2);
      expect(servers['free']?.verdict).to.include({ action: 'scale-up', hold: 'max-cost' });
      expect(cost).to.deep.equal({ current: 20, planned: 60 });
    });

    it('on changed replicas serve the highest priority first', () => {
      const { changes, servers } = decideOn(fleet, { config: { ...guardConfig, maxReplicaChanges: 3 } });
      expect(changes).to.have.all.keys('premium');
      expect(servers['free']?.verdict).to.include({ action: 'hold', hold: 'max-replica-changes' });
    });
  });

  it('keeps what an unserved server has, and its cards', () => {
    const fleet = [server('a', { replicas: 3, rate: 900 }), server('b', { class: 'Free', replicas: 3, rate: 900 })];
    const { changes, servers } = decideSettled(fleet, { data: dataWith({ L4: 8, A100: 0 }) }, 4);
    expect(changes).to.deep.equal({});
    expect(servers['a']?.verdict).to.include({ action: 'hold', hold: 'unserved' });
    expect(servers['b']?.verdict).to.include({ action: 'hold', hold: 'unserved' });
  });

  describe('best effort', () => {
    // The solver would take two of the four replicas of `low`, which needs eight.
    const shares: Solve = (problem) => {
      const answer = toySolve(problem);
      const { low } = answer.allocations;
      const isFree = problem.system.serverData.servers.some((item) => item.name === 'low' && (item.minNumReplicas ?? 0) <= 2);
      if (low === undefined || !isFree) return answer;
      return {
        ...answer,
        allocations: { ...answer.allocations, low: { ...low, numReplicas: 2 } },
        explanations: {
          ...answer.explanations,
          low: { ...answer.explanations['low']!, outcome: 'best-effort', neededReplicas: 8 },
        },
      };
    };
    const low = server('low', { class: 'Free', replicas: 4, rate: 40 });

    it('takes replicas for the sake of a higher priority, once that has held for the window', () => {
      const fleet = [low, server('high', { rate: 35 })];
      const first = decideOn(fleet, {}, shares);
      expect(first.servers['low']?.verdict).to.include({ action: 'hold', hold: 'stabilising' });
      const second = decideOn(fleet, { state: first.state }, shares);
      expect(second.changes['low']?.numReplicas).to.equal(2);
      expect(second.servers['low']?.verdict.action).to.equal('best-effort');
    });

    it('takes none while nobody of a higher priority needs them', () => {
      const fleet = [low, server('peer', { class: 'Free', rate: 35 }), server('high', { rate: 20 })];
      const first = decideOn(fleet, {}, shares);
      const second = decideOn(fleet, { state: first.state }, shares);
      expect(second.changes['low']).to.equal(undefined);
      expect(second.servers['low']?.verdict).to.include({ action: 'hold', hold: 'unserved' });
    });
  });

  it('holds two servers that would swap full types, and says what each waits for', () => {
    const fleet = [server('a', { replicas: 3, rate: 20 }), server('b', { accelerator: 'A100', replicas: 3, rate: 20 })];
    const swap: Solve = (problem) => {
      const answer = toySolve(problem);
      const mayMove = problem.system.serverData.servers.filter((item) => !item.keepAccelerator && item.pin === undefined);
      const swapped = mayMove.map(({ name }) => {
        const accelerator = name === 'a' ? 'A100' : 'L4';
        return [name, { ...answer.allocations[name]!, accelerator, numReplicas: 3 }] as const;
      });
      return { ...answer, allocations: { ...answer.allocations, ...Object.fromEntries(swapped) } };
    };
    const data = dataWith({ L4: 3, A100: 3 });
    const { state } = decideOn(fleet, { data }, swap);
    const { servers } = decideOn(fleet, { data, state }, swap);
    expect(servers['a']?.planned.accelerator).to.equal('L4');
    expect(servers['b']?.planned.accelerator).to.equal('A100');
    expect(servers['b']?.verdict.reason).to.contain('waits for 3 more L4 cards');
  });

  it('names a verdict with a reason for every server', () => {
    const all = verdicts([server('a'), server('b', { rate: 'x' }), server('c', { class: 'Gold' })]);
    expect(Object.keys(all)).to.deep.equal(['a', 'b', 'c']);
    for (const { reason } of Object.values(all)) expect(reason).to.match(/\w+/);
  });
});
