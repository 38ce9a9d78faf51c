import { expect } from 'chai';
import fc from 'fast-check';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { sampleProblem } from '../../bench/sample-problem.js';
import { accelerator, buildSystem, model, server, serviceClass } from '../../test/system-builder.js';
import type { Decision } from '../conclude.js';
import { optimize } from '../optimize.js';

const decide = (system: SystemSpec): Decision => optimize(system, { firstTokenWithPrefill: false });

function withMore(system: SystemSpec, type: string, more: number): SystemSpec {
  const count = system.capacityData.count.map((item) => (item.type === type ? { ...item, count: item.count + more } : item));
  return { ...system, capacityData: { count } };
}

function servedBy({ counts }: Decision): number[] {
  return counts.map(({ served }) => served);
}

/** Positive where the first is better in the first priority in which they differ. */
function compareServed(a: number[], b: number[]): number {
  const at = a.findIndex((served, index) => served !== b[index]);
  return at === -1 ? 0 : a[at]! - b[at]!;
}

const classes = [serviceClass('Premium', 1), serviceClass('Bronze', 2)];

describe('the price of one more card', () => {
  it('is what more cards save when the problem is solved again', () => {
    // Each of them takes 3 × A100 for a value of 132, or 2 × H100 for 165: 11 for each of the three cards.
    const servers = Array.from({ length: 10 }, (_, index) => server(`s${index}`));
    const system = buildSystem({ servers, cards: { A100: 12, H100: 40 } });
    const before = decide(system);
    const entry = before.summary.cards.find(({ type }) => type === 'A100')!;
    expect(entry.price).to.be.closeTo(11, 0.01);
    expect(entry).to.include({ lacking: 0, text: 'at the margin one more is worth 11 cents/hr' });
    for (const more of [3, 9, 18]) {
      const saved = before.solver.objective - decide(withMore(system, 'A100', more)).solver.objective;
      expect(saved, `${more} more`).to.be.closeTo(entry.price! * more, 0.01 * more);
    }
    expect(before.summary.cards.find(({ type }) => type === 'H100')).to.include({ price: 0 });
  });

  it('is not computed by solvers that prove nothing', () => {
    for (const solver of ['greedy', 'unlimited'] as const) {
      const [first] = decide(buildSystem({ optimizer: { solver } })).summary.cards;
      expect(first).to.deep.equal({
        type: 'A100',
        price: null,
        lacking: 0,
        text: 'what one more is worth is not computed',
      });
    }
  });
});

describe('cards that servers lack', () => {
  it('names the choice that lacks the fewest, with which the server is served', () => {
    const system = buildSystem({ cards: { A100: 1, H100: 1 } });
    const before = decide(system);
    const text = 'lacks 1 H100: 2 × H100 needs 2, 1 left';
    const shortage = {
      server: 's1',
      priority: 1,
      accelerator: 'H100',
      type: 'H100',
      numReplicas: 2,
      needs: 2,
      left: 1,
      more: 1,
      text,
    };
    expect(before.summary.shortages).to.deep.equal([shortage]);
    expect(before.summary.cards[1]).to.include({ lacking: 1 });
    expect(before.summary.cards[1]!.text).to.match(/; 1 server lacks some$/);
    expect(servedBy(before)).to.deep.equal([0]);
    expect(servedBy(decide(withMore(system, 'H100', 1)))).to.deep.equal([1]);
  });

  it('counts best effort as lacking, and what pins take beyond what there is', () => {
    const pin = { accelerator: 'A100', numReplicas: 5, reason: 'paused' };
    const servers = [server('pinned', { pin }), server('s1')];
    const system = buildSystem({ servers, cards: { A100: 3, H100: 1 }, models: [model('llama', 'A100', 20)] });
    const [shortage] = decide(system).summary.shortages;
    expect(shortage).to.include({ server: 's1', needs: 3, left: 0, more: 5 });
    expect(servedBy(decide(withMore(system, 'A100', 4)))).to.deep.equal([0]);
    expect(servedBy(decide(withMore(system, 'A100', 5)))).to.deep.equal([1]);
    const partly = buildSystem({ cards: { A100: 2, H100: 0 }, optimizer: { saturationPolicy: 'RoundRobin' } });
    expect(decide(partly).summary.shortages[0]).to.include({ accelerator: 'A100', needs: 3, left: 2, more: 1 });
  });

  it('with so many more, solved again, the counts are better at that priority or above', () => {
    const aServer = fc.record({
      class: fc.constantFrom('Premium', 'Bronze'),
      rpm: fc.double({ min: 1, max: 3000, noNaN: true }),
      maxNumReplicas: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined, freq: 4 }),
      held: fc.nat(4),
    });
    const problem = fc.record({
      servers: fc.array(aServer, { minLength: 1, maxLength: 8 }),
      cards: fc.record({ A100: fc.nat(20), H100: fc.nat(12) }),
      saturationPolicy: fc.constantFrom('None', 'RoundRobin'),
    });
    fc.assert(
      fc.property(problem, ({ servers, cards, saturationPolicy }) => {
        const specs = servers.map(({ held, maxNumReplicas, ...rest }, index) =>
          server(`s${index}`, {
            ...rest,
            ...(maxNumReplicas === undefined ? {} : { maxNumReplicas }),
            runs: { accelerator: 'A100', numReplicas: held },
          }),
        );
        const system = buildSystem({ servers: specs, cards, classes, optimizer: { saturationPolicy } });
        const before = decide(system);
        const served = servedBy(before);
        const lacking = before.counts.reduce((sum, item) => sum + item.servers - item.served, 0);
        expect(before.summary.shortages).to.have.length(lacking);
        for (const { type, more, priority, needs, left } of before.summary.shortages) {
          expect(more)
            .to.equal(needs - left)
            .and.to.be.greaterThan(0);
          const after = servedBy(decide(withMore(system, type, more)));
          expect(compareServed(after, served)).to.be.greaterThan(0);
          const level = before.counts.findIndex((item) => item.priority === priority);
          const above = before.counts.slice(0, level).every((item) => item.served === item.servers);
          if (above) expect(after[level]!, `priority ${priority}`).to.be.greaterThan(served[level]!);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('what each class costs', () => {
  it('sums what was given and what is kept, by class, the highest priority first', () => {
    const pin = { accelerator: 'A100', numReplicas: 4, reason: 'paused' };
    const decision = decide(
      buildSystem({
        classes: [...classes, serviceClass('Strict', 2, { itl: 1 })],
        servers: [
          server('b', { class: 'Bronze' }),
          server('p1'),
          server('p2', { pin }),
          server('s', { class: 'Strict', runs: { accelerator: 'H100', numReplicas: 2 } }),
        ],
      }),
    );
    const [premium, bronze, strict] = decision.summary.classes;
    expect(premium).to.include({ class: 'Premium', servers: 2, served: 1, pinned: 1, replicas: 7, cost: 280, kept: 0 });
    expect(bronze).to.include({ class: 'Bronze', servers: 1, served: 1, pinned: 0, replicas: 3, cost: 120, kept: 0 });
    expect(strict).to.include({ class: 'Strict', servers: 1, served: 0, replicas: 0, cost: 0, kept: 150 });
    expect(premium!.share).to.be.closeTo(280 / 550, 1e-12);
    expect(premium!.text).to.equal('1 of 2 served in full, 1 pinned: 7 replicas at 280 cents/hr, 50.9 %');
    expect(strict!.text).to.equal('0 of 1 served in full: 0 replicas at 0 cents/hr and 150 for what is merely kept, 27.3 %');
    expect(decision.summary.outcomes).to.deep.equal({ allocated: 2, pinned: 1, infeasible: 1 });
  });

  it('comes to the cost of all allocations', async () => {
    for (const set of ['small', 'large']) {
      const { summary, allocations } = decide(await sampleProblem(set));
      const cost = Object.values(allocations).reduce((sum, item) => sum + item.cost!, 0);
      expect(summary.classes.reduce((sum, item) => sum + item.cost, 0)).to.be.closeTo(cost, 1e-6);
      expect(summary.classes.reduce((sum, item) => sum + item.share, 0)).to.be.closeTo(1, 1e-12);
    }
  });

  it('has no share where nothing costs anything', () => {
    const { summary } = decide(buildSystem({ accelerators: [accelerator('A100', 0)] }));
    expect(summary.classes[0]).to.include({ cost: 0, share: 0 });
  });
});
