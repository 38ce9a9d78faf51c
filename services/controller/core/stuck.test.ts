import { expect } from 'chai';
import fc from 'fast-check';
import type { ServerStatus, WaitingPods } from '#shared/contracts/loop.js';
import { carriedOut, decideOn, decideSettled } from '../test/support/decide-with.js';
import { collected, dataWith, guardConfig, server, type FleetServer } from '../test/support/fleet.js';

const NOW = 10_000_000;
const at = { nowMs: NOW };
const timeout = guardConfig.startTimeoutMs;

const reasons: Readonly<Record<WaitingPods['why'], string>> = {
  unschedulable: '0/4 nodes: Insufficient inferno.io/L4',
  unscheduled: 'no scheduler has found a node for it yet',
  'crash-loop': 'container vllm was restarted 7 times',
  'not-ready': 'container vllm: ImagePullBackOff',
};

function waiting(
  accelerator: string,
  pods: number,
  waitedMs = timeout + 1000,
  why: WaitingPods['why'] = 'unschedulable',
): WaitingPods {
  return { accelerator, pods, since: NOW - waitedMs, why, reason: reasons[why] };
}

/** Of `replicas` that are asked for on its accelerator, some serve and the others wait. */
function starting(name: string, serving: number, waitedMs: number, overrides: Partial<FleetServer> = {}): FleetServer {
  const item = server(name, overrides);
  const { accelerator, replicas, maxBatch } = item;
  const status: Partial<ServerStatus> = {
    readyReplicas: serving,
    startingReplicas: replicas - serving,
    podsByAccelerator: { [accelerator]: serving },
    serving: serving === 0 ? {} : { [accelerator]: { pods: serving, maxBatch } },
    waiting: [waiting(accelerator, replicas - serving, waitedMs)],
  };
  return { ...item, status: { ...status, ...item.status } };
}

describe('guard: pods that fail to start', () => {
  const late = timeout + 1000;

  it('count as coming until the timeout; after it the next solve goes elsewhere, and says why', () => {
    const fleet = (waitedMs: number) => [starting('a', 1, waitedMs, { replicas: 3, rate: 30 })];
    expect(decideOn(fleet(timeout - 1000), at).changes).to.deep.equal({});
    const { changes, servers, warnings } = decideOn(fleet(late), at);
    expect(changes['a']).to.include({ accelerator: 'A100', numReplicas: 1 });
    expect(servers['a']?.verdict.action).to.equal('change-accelerator');
    expect(servers['a']?.verdict.reason)
      .to.contain('2 pods on L4 unschedulable for 601 s (0/4 nodes: Insufficient inferno.io/L4)')
      .and.contain('serving: 1')
      .and.contain('type L4 counts as exhausted until 1970-01-01T02:56:40.000Z');
    expect(warnings[0]).to.contain('type L4 counts as exhausted');
  });

  it('leave what is asked for alone where there is no elsewhere, and what serves stays', () => {
    const fleet = [starting('a', 2, late, { replicas: 5, rate: 50 })];
    const { changes, servers } = decideSettled(fleet, { ...at, data: dataWith({ L4: 20, A100: 0 }) }, 4);
    expect(changes).to.deep.equal({});
    expect(servers['a']?.verdict.action).to.equal('hold');
    expect(servers['a']?.verdict.reason).to.contain('3 pods on L4 unschedulable').and.contain('type L4 counts as exhausted');
  });

  it('keep all others from their accelerator type, until the back-off is over', () => {
    const fleet = [
      starting('a', 2, late, { replicas: 5, rate: 'HTTP 500', class: 'Free' }),
      server('b', { replicas: 2, rate: 30 }),
    ];
    const first = decideOn(fleet, at);
    expect(first.changes['b']).to.include({ accelerator: 'A100', numReplicas: 1 });
    expect(first.servers['b']?.verdict.reason).to.contain('type L4 counts as exhausted').and.contain('a: 3 pods on L4');
    expect(first.capacity['L4']?.total).to.equal(20);

    const later = [server('b', { replicas: 2, rate: 30 })];
    const during = decideOn(later, { nowMs: NOW + timeout - 1, state: first.state });
    expect(during.changes['b']).to.include({ accelerator: 'A100' });
    const after = decideOn(later, { nowMs: NOW + timeout, state: first.state });
    expect(after.changes['b']).to.include({ accelerator: 'L4', numReplicas: 3 });
  });

  it('free the type at once when they become ready after all', () => {
    const { state } = decideOn([starting('a', 2, late, { replicas: 5, rate: 50 })], at);
    const ready = [server('a', { replicas: 5, rate: 50 }), server('b', { replicas: 2, rate: 30 })];
    expect(decideOn(ready, { nowMs: NOW + 1000, state }).changes['b']).to.include({ accelerator: 'L4', numReplicas: 3 });
  });

  it('are dropped first where the cards elsewhere do not suffice for them too', () => {
    const fleet = [starting('a', 1, late, { replicas: 5, rate: 50 })];
    const data = dataWith({ L4: 20, A100: 2 });
    const { changes, servers } = decideOn(fleet, { ...at, data });
    expect(changes['a']).to.include({ accelerator: 'L4', numReplicas: 1 });
    expect(servers['a']?.verdict.reason).to.contain('waits for 3 more A100 cards');
    const shrunk = [server('a', { replicas: 1, rate: 50 })];
    expect(decideOn(shrunk, { ...at, data }).changes['a']).to.include({ accelerator: 'A100', numReplicas: 1 });
  });

  describe('although they have their cards', () => {
    // Of five that are asked for on L4 some serve; the others hold their cards and do not become ready.
    const failing = (why: WaitingPods['why'], serving: number, overrides: Partial<FleetServer> = {}): FleetServer => {
      const item = starting('a', serving, late, { replicas: 5, rate: 50, ...overrides });
      const podsByAccelerator = { L4: why === 'unscheduled' ? serving : 5 };
      return { ...item, status: { ...item.status, podsByAccelerator, waiting: [waiting('L4', 5 - serving, late, why)] } };
    };
    const other = server('b', { replicas: 2, rate: 30 });

    for (const why of ['not-ready', 'crash-loop', 'unscheduled'] as const) {
      it(`(${why}) lead their own server elsewhere, and no other`, () => {
        const { changes, servers, warnings, state } = decideOn([failing(why, 2), other], at);
        expect(changes['a']).to.include({ accelerator: 'A100', numReplicas: 1 });
        expect(servers['a']?.verdict.reason)
          .to.contain(`for 601 s (${reasons[why]})`)
          .and.contain('serving: 2; it gets no more of L4 until 1970-01-01T02:56:40.000Z')
          .and.not.contain('exhausted');
        expect(changes['b']).to.include({ accelerator: 'L4', numReplicas: 3 });
        expect(warnings).to.deep.equal([]);
        expect(state.exhaustions.types).to.deep.equal({});
      });
    }

    it('leave it what serves where there is no elsewhere, and the type to all others', () => {
      const data = dataWith({ L4: 20, A100: 0 });
      const { changes, servers } = decideOn([failing('not-ready', 2), other], { ...at, data });
      expect(changes).to.have.all.keys('b');
      expect(servers['a']?.verdict).to.include({ action: 'hold', hold: 'start-timeout' });
    });

    it('keep it from coming back until the back-off is over, and longer the next time', () => {
      const first = decideOn([failing('not-ready', 0)], at);
      const onA100 = [server('a', { accelerator: 'A100', replicas: 1, rate: 10 })];
      const decideAt = (sinceMs: number) => decideSettled(onA100, { nowMs: NOW + sinceMs, state: first.state }, 3);
      expect(decideAt(timeout - 1).changes).to.deep.equal({});
      expect(decideAt(timeout).changes['a']).to.include({ accelerator: 'L4', numReplicas: 1 });
      const again = decideOn([failing('not-ready', 0)], { nowMs: NOW + timeout, state: first.state });
      expect(again.state.exhaustions.candidates['a']!['L4']).to.include({ backOffMs: 2 * timeout });
    });

    it('are told apart from those of the same server that lack cards', () => {
      const item = failing('not-ready', 2);
      const both = [waiting('L4', 1, late + 1000, 'crash-loop'), waiting('L4', 2, late)];
      const { state } = decideOn([{ ...item, status: { ...item.status, waiting: both } }], at);
      expect(state.exhaustions.types['L4']?.reason).to.contain('a: 2 pods on L4 unschedulable');
      expect(state.exhaustions.candidates['a']?.['L4']?.reason).to.contain('1 pod on L4 crashing at the start');
    });
  });

  describe('in a change of accelerator', () => {
    // Asks for A100, whose pod does not come; what serves is still on L4.
    const changing = (waitedMs: number, rate: number | string = 30, overrides: Partial<ServerStatus> = {}): FleetServer =>
      starting('a', 3, waitedMs, {
        accelerator: 'A100',
        replicas: 3,
        rate,
        status: {
          rolloutInProgress: true,
          startingReplicas: 1,
          podsByAccelerator: { L4: 3 },
          serving: { L4: { pods: 3, maxBatch: 24 } },
          waiting: [waiting('A100', 1, waitedMs)],
          acceleratorChangedAt: NOW - waitedMs,
          ...overrides,
        },
      });

    it('take it back to where it serves, with the max batch of what serves; till then the change is held', () => {
      expect(decideOn([changing(timeout - 1000)], at).servers['a']?.verdict).to.include({
        action: 'hold',
        hold: 'accelerator-change',
      });
      const { changes, servers } = decideOn([changing(late, 22)], at);
      expect(changes['a']).to.include({ accelerator: 'L4', numReplicas: 3, maxBatch: 24 });
      expect(servers['a']?.verdict).to.include({ action: 'change-accelerator' });
      expect(servers['a']?.verdict.reason).to.contain('3 × A100 → 3 × L4').and.contain('1 pod on A100 unschedulable');
    });

    it("are told in the hold, in the scheduler's words", () => {
      const reasonWith = (unplaced: Partial<ServerStatus>) =>
        decideOn([changing(1000, 30, unplaced)], at).servers['a']?.verdict.reason;
      expect(reasonWith({ unschedulableReplicas: 1, unschedulableReason: '4 Insufficient inferno.io/L4' })).to.match(
        /changing to A100, still 3 pods on L4; 1 pod unschedulable: 4 Insufficient inferno.io\/L4$/,
      );
      expect(reasonWith({})).to.match(/still 3 pods on L4$/);
    });

    it('never take replicas that serve, on either accelerator', () => {
      const both = changing(late, 20, {
        podsByAccelerator: { L4: 2, A100: 1 },
        serving: { L4: { pods: 2, maxBatch: 24 }, A100: { pods: 1, maxBatch: 32 } },
      });
      expect(decideOn([both], at).changes['a']).to.include({ accelerator: 'L4', numReplicas: 3 });
    });

    it('leave a server as it is whose load is not known, or that is paused', () => {
      expect(decideOn([changing(late, 'HTTP 500')], at).changes).to.deep.equal({});
      const fleet = [changing(late)];
      const { changes, servers } = decideOn(fleet, { ...at, collected: collected(fleet, { servers: { a: true } }) });
      expect(changes).to.deep.equal({});
      expect(servers['a']?.verdict.hold).to.equal('paused');
    });
  });

  it('law: whatever has failed to start, a first cycle asks for no fewer replicas than serve, and no more cards than there are', () => {
    const item = fc.record({
      accelerator: fc.constantFrom('L4', 'A100', '2xA100'),
      replicas: fc.integer({ min: 1, max: 8 }),
      waitedMs: fc.constantFrom(timeout - 1000, late),
      rate: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constant('HTTP 401')),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      elsewhere: fc.constantFrom('', 'L4', 'A100'),
    });
    const fleets = fc.array(item, { minLength: 1, maxLength: 4 }).map((items) =>
      items.map(({ share, waitedMs, elsewhere, ...one }, index) => {
        const serving = Math.floor(one.replicas * share);
        const isChanging = elsewhere !== '' && elsewhere !== one.accelerator;
        const pods = { [isChanging ? elsewhere : one.accelerator]: serving };
        const status = {
          rolloutInProgress: isChanging,
          podsByAccelerator: pods,
          serving: Object.fromEntries(Object.entries(pods).map(([name, count]) => [name, { pods: count, maxBatch: 32 }])),
        };
        return starting(`s${index}`, serving, waitedMs, { ...one, status });
      }),
    );
    const files = fc.record({ L4: fc.integer({ min: 0, max: 30 }), A100: fc.integer({ min: 0, max: 30 }) }).map(dataWith);
    fc.assert(
      fc.property(fleets, files, (fleet, data) => {
        const decision = decideOn(fleet, { ...at, data });
        carriedOut(fleet, decision).forEach((after, index) => {
          const before = fleet[index]!;
          // On another accelerator fewer may do, once they are there: the actuator takes none before.
          if (after.accelerator !== before.accelerator) return;
          expect(after.replicas).to.be.at.least(Math.min(before.status.readyReplicas ?? 0, before.replicas));
        });
        const cards = { L4: 0, A100: 0 };
        for (const { accelerator, replicas } of carriedOut(fleet, decision)) {
          if (accelerator === 'L4') cards.L4 += replicas;
          else cards.A100 += replicas * (accelerator === '2xA100' ? 2 : 1);
        }
        for (const type of ['L4', 'A100'] as const) {
          const total = data.capacityData.count.find((one) => one.type === type)!.count;
          const asked = fleet.reduce((sum, one) => {
            if (one.accelerator.endsWith('A100') !== (type === 'A100')) return sum;
            return sum + one.replicas * (one.accelerator === '2xA100' ? 2 : 1);
          }, 0);
          const serving = fleet.reduce((sum, one) => sum + (one.status.podsByAccelerator?.[type] ?? 0), 0);
          expect(cards[type]).to.be.at.most(Math.max(total, asked + serving));
        }
      }),
      { numRuns: 300 },
    );
  });
});
