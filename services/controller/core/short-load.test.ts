import { expect } from 'chai';
import { toySolve } from '../test/support/toy-solver.js';
import { decideOn, decideSettled, type Solve } from '../test/support/decide-with.js';
import { coveredFor, dataWith, guardConfig, server, type FleetServer } from '../test/support/fleet.js';
import type { Decision } from './conclude.js';
import { NO_STATE } from './guard-memory.js';

const SEC = 1000;
const short = { coverage: coveredFor(8) };
const full = { coverage: coveredFor(30) };

describe('guard: a load that is measured over a short time', () => {
  it('never lowers a count, however long it lasts, and says why; in the same set-up one of half a window does', () => {
    let { state }: Pick<Decision, 'state'> = { state: NO_STATE };
    const at = (sec: number, coverage: Partial<FleetServer>): Decision => {
      const decision = decideOn([server('a', { replicas: 4, rate: 10, ...coverage })], { nowMs: sec * SEC, state });
      ({ state } = decision);
      return decision;
    };
    for (let sec = 0; sec <= 300; sec += 10) {
      const { changes, servers } = at(sec, short);
      expect(changes, `${sec} s`).to.deep.equal({});
      expect(servers['a']?.verdict).to.include({ action: 'hold', hold: 'stabilising' });
      expect(servers['a']?.verdict.reason).to.equal(
        'stays at 4 × L4: 4 → 1 waits: load measured over 8 s of 60 s after a start or a gap: may raise, not lower',
      );
    }
    // What was seen over a short time counts for no window.
    expect(at(310, full).changes).to.deep.equal({});
    expect(at(363, full).changes).to.deep.equal({});
    expect(at(364, full).changes['a']?.numReplicas).to.equal(1);
  });

  it('makes a window begin anew', () => {
    const seen = decideOn([server('a', { replicas: 4, rate: 10, ...full })]);
    const gap = decideOn([server('a', { replicas: 4, rate: 10, ...short })], { nowMs: 30 * SEC, state: seen.state });
    const after = decideOn([server('a', { replicas: 4, rate: 10, ...full })], { nowMs: 60 * SEC, state: gap.state });
    expect(after.changes).to.deep.equal({});
  });

  it('raises a count at once, also from nothing, and also on another accelerator', () => {
    expect(decideOn([server('a', { replicas: 2, rate: 35, ...short })]).changes['a']).to.include({ numReplicas: 4 });
    expect(decideOn([server('a', { replicas: 0, rate: 35, ...short })]).changes['a']).to.include({ numReplicas: 4 });
    const noL4 = { data: dataWith({ L4: 2, A100: 5 }) };
    const moved = decideOn([server('a', { replicas: 2, rate: 140, ...short })], noL4);
    expect(moved.changes['a']).to.include({ accelerator: 'A100', numReplicas: 3 });
  });

  it('moves nothing to where it is cheaper', () => {
    const onA100 = { accelerator: 'A100', replicas: 1, rate: 10 };
    for (const [coverage, accelerator] of [
      [short, undefined],
      [full, 'L4'],
    ] as const) {
      const first = decideOn([server('a', { ...onA100, ...coverage })]);
      const second = decideOn([server('a', { ...onA100, ...coverage })], { nowMs: 60 * SEC, state: first.state });
      expect(second.changes['a']?.accelerator).to.equal(accelerator);
    }
  });

  it('changes no max batch, whose best value follows the length of the requests', () => {
    for (const [coverage, changes] of [
      [short, false],
      [full, true],
    ] as const) {
      const slow = { maxBatch: 8, replicas: 8 };
      const first = decideOn([server('a', { ...slow, ...full })]);
      const second = decideOn([server('a', { ...slow, ...coverage })], { nowMs: 60 * SEC, state: first.state });
      expect(second.changes).to.deep.equal(changes ? decideSettled([server('a', slow)]).changes : {});
      expect(second.servers['a']?.planned.maxBatch).to.equal(changes ? 32 : 8);
    }
  });

  it('gives up no replica by best effort', () => {
    const takes: Solve = (problem) => {
      const answer = toySolve(problem);
      const { low } = answer.allocations;
      const isFree = problem.system.serverData.servers.some((item) => item.name === 'low' && (item.minNumReplicas ?? 0) <= 2);
      if (low === undefined || !isFree) return answer;
      const explanation = { ...answer.explanations['low']!, outcome: 'best-effort' as const, neededReplicas: 8 };
      return {
        ...answer,
        allocations: { ...answer.allocations, low: { ...low, numReplicas: 2 } },
        explanations: { ...answer.explanations, low: explanation },
      };
    };
    const high = server('high', { replicas: 2, rate: 60 });
    const config = { ...guardConfig, stabilizationCycles: 1 };
    for (const [coverage, replicas] of [
      [short, undefined],
      [full, 2],
    ] as const) {
      const fleet = [server('low', { class: 'Free', replicas: 4, rate: 40, ...coverage }), high];
      const { changes } = decideOn(fleet, { config, data: dataWith({ L4: 12, A100: 0 }) }, takes);
      expect(changes['low']?.numReplicas).to.equal(replicas);
    }
  });

  it('lowers nothing that is declared while no pod is ready; with one that is, and for a declared idle, it does', () => {
    const declared = (readyReplicas: number, rate = 10) =>
      decideSettled([server('a', { replicas: 4, rate, status: { readyReplicas, startingReplicas: 4 - readyReplicas } })]);
    expect(declared(0).changes).to.deep.equal({});
    expect(declared(0).servers['a']?.verdict.reason).to.contain('4 → 1 waits: none of its pods is ready');
    expect(declared(0, 55).changes['a']?.numReplicas).to.equal(6);
    expect(declared(1).changes['a']?.numReplicas).to.equal(1);
    expect(declared(0, 0).changes['a']?.numReplicas).to.equal(1);
  });

  it('keeps to a maximum that was set', () => {
    const spec = { maxNumReplicas: 3 };
    const { changes } = decideOn([server('a', { replicas: 4, rate: 10, spec, ...short })]);
    expect(changes['a']?.numReplicas).to.equal(3);
  });
});
