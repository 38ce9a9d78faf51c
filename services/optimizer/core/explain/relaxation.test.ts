import { expect } from 'chai';
import fc from 'fast-check';
import type { RelaxedTargets, Relaxation } from '#shared/contracts/fleet-summary.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { buildSystem, model, server, serviceClass, type SystemParts } from '../../test/system-builder.js';
import type { Decision } from '../conclude.js';
import { optimize } from '../optimize.js';

const options = { firstTokenWithPrefill: false };
const decide = (system: SystemSpec): Decision => optimize(system, options);

function relaxationIn({ summary }: Decision, name = 's1'): Relaxation {
  return summary.relaxations.find((item) => item.server === name)!;
}

function outcomeWith(system: SystemSpec, { itl, ttft }: Pick<RelaxedTargets, 'itl' | 'ttft'>): string {
  const classes = system.serviceClassData.serviceClasses.map((item) => ({
    ...item,
    modelTargets: item.modelTargets.map((target) => ({ ...target, 'slo-itl': itl, 'slo-ttft': ttft })),
  }));
  return decide({ ...system, serviceClassData: { serviceClasses: classes } }).explanations['s1']!.outcome;
}

/** Feasible with the relaxed targets; not with those that were raised 1 % lower. */
function expectLeast(system: SystemSpec, targets: { itl: number; ttft: number }, least: RelaxedTargets): void {
  expect(outcomeWith(system, least), 'relaxed').not.to.equal('infeasible');
  for (const key of ['itl', 'ttft'] as const) {
    if (least[key] === targets[key]) continue;
    expect(outcomeWith(system, { ...least, [key]: least[key] * 0.99 }), `1 % less ${key}`).to.equal('infeasible');
  }
}

const unlimited = { unlimited: true };

describe('the least relaxation that makes a server feasible', () => {
  it('raises the target that is missed to what the fastest accelerator comes to, and no other', () => {
    const system = buildSystem({ classes: [serviceClass('Premium', 1, { itl: 5 })], optimizer: unlimited });
    const { least, targets, text } = relaxationIn(decide(system));
    expect(targets).to.deep.equal({ itl: 5, ttft: 1000, tps: 0 });
    expect(least).to.include({ accelerator: 'H100', ttft: 1000 });
    expect(least!.itl).to.be.within(10, 11);
    expect(least!.factor).to.equal(least!.itl / 5);
    expect(text).to.match(/^slo-itl 5 → 10\.\d+ ms on H100 \(2\.\d+ times, \d+ replicas\)$/);
    expect(text).to.contain(`→ ${least!.itl} ms`).and.to.contain(`${least!.numReplicas} replicas`);
    expectLeast(system, targets!, least!);
  });

  it('raises both where both are missed, and weighs the one that is raised more', () => {
    const system = buildSystem({ classes: [serviceClass('Premium', 1, { itl: 8, ttft: 4 })], optimizer: unlimited });
    const { least, targets, text } = relaxationIn(decide(system));
    expect(least!.itl).to.be.greaterThan(8);
    expect(least!.factor)
      .to.equal(least!.ttft / 4)
      .and.to.be.greaterThan(least!.itl / 8);
    expect(text).to.match(/slo-itl 8 → \S+ ms and slo-ttft 4 → \S+ ms on H100/);
    expectLeast(system, targets!, least!);
  });

  it('holds for percentiles, and says which', () => {
    const strict = serviceClass('Premium', 1, { itl: 5, ttft: 10 });
    const classes = [{ ...strict, modelTargets: strict.modelTargets.map((item) => ({ ...item, 'slo-percentile': 0.95 })) }];
    const system = buildSystem({ classes, optimizer: unlimited });
    const { least, targets, text } = relaxationIn(decide(system));
    expect(least).to.include({ percentile: 0.95 });
    expect(text).to.contain('slo-itl p95 5 →').and.to.contain('slo-ttft p95 10 →');
    expectLeast(system, targets!, least!);
  });

  it('never relaxes a target for tokens/s: more replicas meet it', () => {
    const system = (tps: number) =>
      buildSystem({
        classes: [serviceClass('Premium', 1, { itl: 5, tps })],
        optimizer: unlimited,
        servers: [server('s1', { rpm: 1 })],
      });
    expect(decide(buildSystem({ classes: [serviceClass('Premium', 1, { tps: 50_000 })] })).summary.relaxations).to.deep.equal([]);
    const few = relaxationIn(decide(system(0))).least!;
    const many = relaxationIn(decide(system(50_000))).least!;
    expect(many).to.include({ tps: 50_000, accelerator: 'H100' });
    expect(many.numReplicas).to.be.greaterThan(few.numReplicas);
    expectLeast(system(50_000), { itl: 5, ttft: 1000 }, many);
  });

  it('keeps to the accelerator that keepAccelerator keeps it on, and says what would do without', () => {
    const parts: SystemParts = {
      classes: [serviceClass('Premium', 1, { itl: 15 })],
      servers: [server('s1', { keepAccelerator: true, runs: { accelerator: 'A100', numReplicas: 2 } })],
      optimizer: unlimited,
    };
    const system = buildSystem(parts);
    const { least, targets, withoutKeepAccelerator, text } = relaxationIn(decide(system));
    expect(least).to.include({ accelerator: 'A100' });
    expect(least!.itl).to.be.within(20, 21);
    expectLeast(system, targets!, least!);
    expect(withoutKeepAccelerator).to.include({ accelerator: 'H100', factor: 1, itl: 15, ttft: 1000 });
    expect(text).to.match(/on A100 \(.*\); without keepAccelerator H100 meets them as they are \(\d+ replicas\)$/);
    const freed = { ...system, serverData: { servers: [server('s1', { runs: { accelerator: 'A100', numReplicas: 2 } })] } };
    const replicas = decide(freed).allocations['s1']!;
    expect(replicas).to.include({ accelerator: 'H100', numReplicas: withoutKeepAccelerator!.numReplicas });
  });

  it('does not offer an accelerator that the server may have none of', () => {
    const limits = [{ accelerator: 'H100', numReplicas: 0, reason: 'its pods crash there' }];
    const parts = { classes: [serviceClass('Premium', 1, { itl: 5 })], optimizer: unlimited };
    const { least } = relaxationIn(decide(buildSystem({ ...parts, servers: [server('s1', { replicaLimits: limits })] })));
    expect(least).to.include({ accelerator: 'A100' });
  });

  it('says where nothing would do: no parameters, no model, no class, no accelerator', () => {
    const none = model('llama', 'A100', 0);
    const bad = model('llama', 'H100', 10, { perfParms: { alpha: -1, beta: 0, gamma: 0 } });
    const textOf = (parts: SystemParts): string => {
      const { least, text } = relaxationIn(decide(buildSystem(parts)));
      expect(least).to.equal(null);
      return text;
    };
    const start = 'no other targets would do: ';
    expect(textOf({ models: [none] })).to.equal(`${start}no parameters (A100, H100)`);
    expect(textOf({ models: [none, bad] })).to.equal(`${start}no parameters (A100); bad parameters: alpha -1 (H100)`);
    expect(textOf({ models: [] })).to.match(/no class|no data|no targets/);
    expect(textOf({ servers: [server('s1', { class: 'Gold' })] })).to.equal(`${start}no service class "Gold"`);
    expect(textOf({ accelerators: [], cards: {} })).to.equal(`${start}no data for any accelerator`);
    const kept = server('s1', { keepAccelerator: true, runs: { accelerator: 'B200', numReplicas: 1 } });
    expect(textOf({ servers: [kept] })).to.contain(
      `${start}no data for B200; without keepAccelerator A100 meets them as they are`,
    );
  });

  it('is none by which a server would still be short for its maximum', () => {
    // Nearly idle it meets what the relaxation says; two replicas of it do not.
    const few = { models: [model('llama', 'A100', 30)], classes: [serviceClass('Premium', 1, { itl: 20, ttft: 1000 })] };
    const load = { arrivalRate: 5000, avgInTokens: 100, avgOutTokens: 200 };
    const relaxation = (maximum: object) =>
      relaxationIn(decide(buildSystem({ ...few, servers: [server('s1', { load, ...maximum })], optimizer: unlimited })));
    const least = (maximum: object) => relaxation(maximum).least;
    expect(least({})?.numReplicas).to.be.above(2);
    expect(least({ maxNumReplicas: 2 })).to.equal(null);
    expect(relaxation({ maxNumReplicas: 2 }).text).to.contain('it would take more replicas than it may have');
  });

  it('is the least on the data that it is given, whatever they are', () => {
    const target = fc.double({ min: 0.5, max: 30, noNaN: true });
    const load = fc.record({
      arrivalRate: fc.double({ min: 1, max: 100, noNaN: true }),
      avgInTokens: fc.integer({ min: 0, max: 9000 }),
      avgOutTokens: fc.integer({ min: 1, max: 1000 }),
    });
    const alpha = fc.double({ min: 1, max: 60, noNaN: true });
    fc.assert(
      fc.property(
        target,
        target,
        load,
        alpha,
        alpha,
        fc.constantFrom(undefined, 0.5, 0.99),
        (itl, ttft, of, a, h, percentile) => {
          const plain = serviceClass('Premium', 1, { itl, ttft });
          const percentiles = percentile === undefined ? {} : { 'slo-percentile': percentile };
          const classes = [{ ...plain, modelTargets: plain.modelTargets.map((item) => ({ ...item, ...percentiles })) }];
          const models = [model('llama', 'A100', a), model('llama', 'H100', h, { maxBatchSize: 4 })];
          const system = buildSystem({ classes, models, servers: [server('s1', { load: of })], optimizer: unlimited });
          const decision = decide(system);
          if (decision.explanations['s1']!.outcome !== 'infeasible') return;
          const { least, targets } = relaxationIn(decision);
          expectLeast(system, targets!, least!);
        },
      ),
      { numRuns: 100 },
    );
  });
});
