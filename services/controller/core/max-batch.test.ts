import { expect } from 'chai';
import type { SystemData } from '#shared/contracts/system-data.js';
import { carriedOut, decideOn, decideSettled } from '../test/support/decide-with.js';
import { dataWith, server, type FleetServer } from '../test/support/fleet.js';
import { toySolve } from '../test/support/toy-solver.js';
import type { Decision, Snapshot } from './conclude.js';

// An L4 carries 10 requests/min at its best max batch, 32; 5 at 16.
const half = (overrides: Partial<FleetServer> = {}): FleetServer[] => [server('a', { maxBatch: 16, ...overrides })];
const onL4 = { data: dataWith({ L4: 20, A100: 0 }) };

describe('guard: max batch', () => {
  it('sizes replicas for the one that runs, not for the best one', () => {
    const { changes, servers } = decideOn(half({ replicas: 2, rate: 20 }), onL4);
    expect(changes['a']).to.include({ numReplicas: 4, maxBatch: 16 });
    expect(servers['a']?.verdict.reason).to.contain('2 → 4 × L4: 20 requests/min at up to 5 each');
    expect(servers['a']?.wanted).to.include({ numReplicas: 2, maxBatch: 32 });
  });

  it('leaves no prediction for another one than is planned', () => {
    const { servers } = decideOn(half({ replicas: 4, rate: 20 }), onL4);
    expect(servers['a']?.predicted).to.deep.equal({ itl: 25, ttft: 200 });
    const wrong = (problem: SystemData) => {
      const answer = toySolve(problem);
      return { ...answer, allocations: { a: { ...answer.allocations['a']!, maxBatch: 31 } } };
    };
    const kept = decideOn(half({ replicas: 4, rate: 20 }), onL4, wrong);
    expect(kept.changes).to.deep.equal({});
    expect(kept.servers['a']?.predicted).to.equal(null);
  });

  it('is changed where that saves replicas, once it was wanted for the window; the count follows it', () => {
    let fleet = half({ replicas: 4, rate: 20 });
    const first = decideOn(fleet, onL4);
    expect(first.changes).to.deep.equal({});
    expect(first.servers['a']?.verdict.action).to.equal('keep');
    expect(first.servers['a']?.verdict.reason).to.contain(
      'max batch 16 → 32, waits: until it has been the better one for 2 cycles (2 replicas would do instead of 4)',
    );
    const second = decideOn(fleet, { ...onL4, state: first.state });
    expect(second.changes['a']).to.include({ numReplicas: 4, maxBatch: 32 });
    expect(second.servers['a']?.verdict).to.include({ action: 'change-batch', hold: null });
    expect(second.servers['a']?.verdict.reason)
      .to.contain('max batch 16 → 32: 20 requests/min at up to 10 each')
      .and.contain('2 replicas would do instead of 4');
    fleet = carriedOut(fleet, second);
    const third = decideOn(fleet, { ...onL4, state: second.state });
    expect(third.changes).to.deep.equal({});
    expect(decideOn(fleet, { ...onL4, state: third.state }).changes['a']).to.include({ numReplicas: 2, maxBatch: 32 });
  });

  it('is left alone while what it saves is not worth a roll-out, and it is not far off', () => {
    // 100 requests/min are 11 replicas at 30, and 10 at 32.
    const { changes } = decideSettled(half({ maxBatch: 30, replicas: 11, rate: 100 }), onL4, 5);
    expect(changes).to.deep.equal({});
  });

  it('is changed when it is far off, even where that saves nothing', () => {
    const tall = half({ maxBatch: 64, replicas: 2, rate: 20 });
    const { changes, servers } = decideSettled(tall, onL4);
    expect(changes['a']).to.include({ numReplicas: 2, maxBatch: 32 });
    expect(servers['a']?.verdict.reason).to.contain('64 is far off');
    expect(decideSettled(half({ maxBatch: 40, replicas: 2, rate: 20 }), onL4, 5).changes).to.deep.equal({});
  });

  it('waits for the growth that is due, which a roll-out would hold up', () => {
    const first = decideOn(half({ replicas: 4, rate: 20 }), onL4);
    const { changes, servers } = decideOn(half({ replicas: 4, rate: 35 }), { ...onL4, state: first.state });
    expect(changes['a']).to.include({ numReplicas: 7, maxBatch: 16 });
    expect(servers['a']?.verdict.reason).to.contain('more replicas come first');
  });

  it('changes once in a cooldown, be it with the accelerator or alone', () => {
    const at = (nowMs: number, overrides: Partial<Snapshot> = {}, item: Partial<FleetServer> = {}) =>
      decideSettled(half({ replicas: 4, rate: 20, ...item }), { ...onL4, nowMs, ...overrides });
    const moved = { status: { acceleratorChangedAt: 1000 } };
    expect(at(200_000, {}, moved).changes).to.deep.equal({});
    expect(at(200_000, {}, moved).servers['a']?.verdict.reason).to.contain('max batch 16 → 32, waits: changed accelerator');
    expect(at(302_000, {}, moved).changes['a']).to.include({ maxBatch: 32 });

    const { state } = at(10_000_000);
    const again = at(10_200_000, { state });
    expect(again.changes).to.deep.equal({});
    expect(again.servers['a']?.verdict.reason).to.contain('change once in 300 s at most');
    const later = decideOn(half({ replicas: 4, rate: 20 }), { ...onL4, nowMs: 10_300_000, state: again.state });
    expect(later.changes['a']).to.include({ maxBatch: 32 });
  });

  it('is no reason to leave an accelerator that another max batch makes the better one', () => {
    // At 4 a replica on L4 carries 1.25: 16 of them are dearer than an A100, two at 32 are not.
    const fleet = half({ maxBatch: 4, replicas: 16, rate: 20 });
    const first = decideOn(fleet, { nowMs: 1_000_000 });
    expect(first.changes).to.deep.equal({});
    expect(first.servers['a']?.verdict).to.include({ action: 'hold', hold: 'max-batch' });
    const second = decideOn(fleet, { nowMs: 1_060_000, state: first.state });
    expect(second.changes['a']).to.include({ accelerator: 'L4', maxBatch: 32 });
  });

  it('changes at once where the cards do not suffice with the one that runs', () => {
    const scarce = { data: dataWith({ L4: 6, A100: 0 }) };
    const { changes, servers } = decideOn(half({ replicas: 4, rate: 40 }), scarce);
    expect(changes['a']).to.include({ accelerator: 'L4', numReplicas: 4, maxBatch: 32 });
    expect(servers['a']?.verdict.reason).to.contain('with 16 its targets would be missed');
    // As many as there are suffice: then it is a matter of cost.
    expect(decideOn(half({ replicas: 4, rate: 30 }), scarce).changes['a']).to.include({ numReplicas: 6, maxBatch: 16 });
  });

  it('comes along with fewer replicas, which the roll-out goes before', () => {
    const spec = { maxNumReplicas: 5 };
    const first = decideOn(half({ replicas: 4, rate: 20, spec }), onL4);
    const tall = half({ replicas: 6, rate: 20, spec });
    const { changes, servers } = decideOn(tall, { ...onL4, state: first.state });
    expect(changes['a']).to.include({ numReplicas: 4, maxBatch: 32 });
    expect(servers['a']?.verdict.reason).to.contain('6 → 4 × L4, max batch 16 → 32');
    const full = decideOn(tall, { data: dataWith({ L4: 6, A100: 0 }), state: first.state });
    expect(full.changes['a'], 'no card to roll out with').to.include({ numReplicas: 4, maxBatch: 16 });
  });

  it('waits for a card to roll out with, and says so with what runs', () => {
    const full = { data: dataWith({ L4: 4, A100: 0 }) };
    const { changes, servers } = decideSettled(half({ replicas: 4, rate: 20 }), full);
    expect(changes).to.deep.equal({});
    expect(servers['a']?.verdict).to.include({ action: 'hold', hold: 'cards' });
    expect(servers['a']?.verdict.reason).to.contain('max batch 16 → 32 (2 replicas would do instead of 4)');
    expect(servers['a']?.predicted).to.deep.equal({ itl: 25, ttft: 200 });
  });

  it('goes ahead by a quarter of the pods, where there are cards for so many', () => {
    const fleet = half({ replicas: 12, rate: 60 });
    const surge = (cards: number) => decideSettled(fleet, { data: dataWith({ L4: cards, A100: 0 }) }).surges;
    expect(surge(20)).to.deep.equal({ a: 3 });
    expect(surge(14)).to.deep.equal({ a: 2 });
    expect(surge(12), 'none is free').to.deep.equal({});
  });

  it('is left to the engine where it is not known', () => {
    const { changes } = decideSettled(half({ maxBatch: 0, replicas: 2, rate: 20 }), onL4, 4);
    expect(changes).to.deep.equal({});
    const grown: Decision = decideOn(half({ maxBatch: 0, replicas: 2, rate: 35 }), onL4);
    expect(grown.changes['a']).to.include({ numReplicas: 4, maxBatch: 0 });
  });

  it('is the best one for pods that start anew', () => {
    expect(decideOn(half({ replicas: 0, rate: 20 }), onL4).changes['a']).to.include({ numReplicas: 2, maxBatch: 32 });
  });
});
