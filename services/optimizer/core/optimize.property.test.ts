import { expect } from 'chai';
import fc from 'fast-check';
import { saturationPolicies, type SystemSpec } from '#shared/contracts/system-data.js';
import { sampleProblem } from '../bench/sample-problem.js';
import { accelerator, buildSystem, model, server, serviceClass } from '../test/system-builder.js';
import type { Decision } from './conclude.js';
import { optimize } from './optimize.js';

const options = { firstTokenWithPrefill: false };
const accelerators = [
  accelerator('A100', 40),
  accelerator('2xA100', 80, { type: 'A100', multiplicity: 2 }),
  accelerator('H100', 75),
  accelerator('L4', 6),
];
const models = [
  model('llama', 'A100', 20),
  model('llama', '2xA100', 12, { maxBatchSize: 64 }),
  model('llama', 'H100', 10, { accCount: 2 }),
  model('llama', 'L4', 90, { maxBatchSize: 12 }),
];

const aServer = fc.record({
  class: fc.constantFrom('Premium', 'Bronze'),
  rpm: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 20_000, noNaN: true })),
  inputTokens: fc.integer({ min: 0, max: 9000 }),
  outputTokens: fc.integer({ min: 1, max: 2000 }),
  minNumReplicas: fc.integer({ min: 0, max: 3 }),
  extraReplicas: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
  standbyReplicas: fc.integer({ min: 0, max: 2 }),
  keepAccelerator: fc.boolean(),
  runs: fc.record({ accelerator: fc.constantFrom('', 'A100', 'L4'), numReplicas: fc.integer({ min: 0, max: 5 }) }),
  pin: fc.option(fc.record({ accelerator: fc.constantFrom('A100', 'H100'), numReplicas: fc.integer({ min: 0, max: 4 }) }), {
    nil: undefined,
    freq: 6,
  }),
});

const aSystem = fc
  .record({
    servers: fc.array(aServer, { maxLength: 8 }),
    itl: fc.double({ min: 10, max: 200, noNaN: true }),
    ttft: fc.double({ min: 50, max: 5000, noNaN: true }),
    tps: fc.constantFrom(0, 0, 3000),
    // Enough for all the pins and holds, so that only the solver can take too many.
    spare: fc.record({ A100: fc.nat(120), H100: fc.nat(80), L4: fc.nat(200) }),
    saturationPolicy: fc.constantFrom(...saturationPolicies),
    delayedBestEffort: fc.boolean(),
  })
  .map(({ servers, itl, ttft, tps, spare, saturationPolicy, delayedBestEffort }) => {
    const specs = servers.map(({ extraReplicas, inputTokens, outputTokens, rpm, pin, ...rest }, index) =>
      server(`s${index}`, {
        ...rest,
        load: { arrivalRate: rpm, avgInTokens: inputTokens, avgOutTokens: outputTokens },
        ...(extraReplicas === undefined ? {} : { maxNumReplicas: rest.minNumReplicas + extraReplicas }),
        ...(pin === undefined ? {} : { pin: { ...pin, reason: 'test' } }),
      }),
    );
    return buildSystem({
      accelerators,
      models,
      cards: { A100: 40 + spare.A100, H100: 96 + spare.H100, L4: 56 + spare.L4 },
      classes: [serviceClass('Premium', 1, { itl, ttft, tps }), serviceClass('Bronze', 2, { itl: itl * 2, ttft: ttft * 2 })],
      servers: specs,
      optimizer: { saturationPolicy, delayedBestEffort },
    });
  });

const cardsPerReplica: Record<string, { type: string; count: number }> = {
  A100: { type: 'A100', count: 1 },
  '2xA100': { type: 'A100', count: 2 },
  H100: { type: 'H100', count: 2 },
  L4: { type: 'L4', count: 1 },
};

function cardsTaken(system: SystemSpec, { allocations }: Decision): Record<string, number> {
  const taken: Record<string, number> = {};
  for (const { name, standbyReplicas = 0 } of system.serverData.servers) {
    const allocation = allocations[name];
    if (allocation === undefined) continue;
    const { type, count } = cardsPerReplica[allocation.accelerator]!;
    taken[type] = (taken[type] ?? 0) + count * (allocation.numReplicas + standbyReplicas);
  }
  return taken;
}

/** The one server of a system, unlimited, free of history: what it costs and how many replicas it gets on each accelerator. */
function replicasOn(decision: Decision, name: string): Map<string, number> {
  const candidates = decision.explanations[name]!.candidates.filter((item) => item.numReplicas !== undefined);
  return new Map(candidates.map((item) => [item.accelerator, item.numReplicas!]));
}

describe('optimize: laws', () => {
  it('never gives out more cards than there are, pins included', () => {
    fc.assert(
      fc.property(aSystem, (system) => {
        const taken = cardsTaken(system, optimize(system, options));
        for (const { type, count } of system.capacityData.count) expect(taken[type] ?? 0, type).to.be.at.most(count);
      }),
      { numRuns: 300 },
    );
  });

  it('never goes below a minimum nor above a maximum', () => {
    fc.assert(
      fc.property(aSystem, (system) => {
        const { allocations } = optimize(system, options);
        for (const { name, pin, minNumReplicas = 0, maxNumReplicas = Infinity } of system.serverData.servers) {
          if (pin !== undefined || allocations[name] === undefined) continue;
          expect(allocations[name].numReplicas, name).to.be.within(minNumReplicas, maxNumReplicas);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('predicts latencies within the targets of everything that it calls feasible', () => {
    let judged = 0;
    fc.assert(
      fc.property(aSystem, (system) => {
        for (const [name, { targets, candidates, outcome }] of Object.entries(optimize(system, options).explanations)) {
          if (targets === null || outcome === 'pinned') continue;
          for (const { accelerator, feasible, itlAverage, ttftAverage } of candidates) {
            if (!feasible || itlAverage === undefined || ttftAverage === undefined) continue;
            judged++;
            // Figures of explanations are rounded.
            if (targets.itl > 0) expect(itlAverage, `${name} on ${accelerator}`).to.be.at.most(targets.itl * (1 + 1e-3));
            if (targets.ttft > 0) expect(ttftAverage, `${name} on ${accelerator}`).to.be.at.most(targets.ttft * (1 + 1e-3));
          }
        }
      }),
      { numRuns: 300 },
    );
    expect(judged).to.be.above(150);
  });

  it('predicts latencies within the targets of everything that it calls allocated', () => {
    fc.assert(
      fc.property(aSystem, (system) => {
        const { allocations, explanations } = optimize(system, options);
        for (const [name, { outcome, targets }] of Object.entries(explanations)) {
          if (outcome !== 'allocated') continue;
          const { itlAverage, ttftAverage } = allocations[name]!;
          expect(itlAverage, name).to.be.at.most(targets!.itl * (1 + 1e-6));
          expect(ttftAverage, name).to.be.at.most(targets!.ttft * (1 + 1e-6));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('accounts for every server and every accelerator, and for every card', () => {
    fc.assert(
      fc.property(aSystem, (system) => {
        const { allocations, explanations, capacity } = optimize(system, options);
        expect(Object.keys(explanations)).to.have.length(system.serverData.servers.length);
        for (const [name, { outcome, candidates }] of Object.entries(explanations)) {
          const absent = ['infeasible', 'unserved', 'load-unknown'].includes(outcome);
          expect(allocations[name] === undefined, name).to.equal(absent);
          if (outcome !== 'pinned')
            expect(candidates.map((item) => item.accelerator).sort()).to.deep.equal(['2xA100', 'A100', 'H100', 'L4']);
          expect(candidates.filter((item) => item.chosen)).to.have.length(absent ? 0 : 1);
          for (const item of candidates) expect(item.rejection === undefined).to.equal(item.chosen);
        }
        const held = new Map<string, number>();
        for (const { name, currentAlloc, standbyReplicas = 0 } of system.serverData.servers) {
          const runs = cardsPerReplica[currentAlloc!.accelerator];
          if (allocations[name] !== undefined || runs === undefined) continue;
          held.set(runs.type, (held.get(runs.type) ?? 0) + runs.count * (currentAlloc!.numReplicas + standbyReplicas));
        }
        const taken = cardsTaken(system, { allocations } as Decision);
        for (const [type, { used }] of Object.entries(capacity))
          expect(used, type).to.equal((taken[type] ?? 0) + (held.get(type) ?? 0));
      }),
      { numRuns: 300 },
    );
  });

  it('never gives fewer replicas on an accelerator for more load', () => {
    fc.assert(
      fc.property(aServer, fc.double({ min: 1, max: 3, noNaN: true }), (given, more) => {
        const at = (factor: number): Map<string, number> => {
          const load = { arrivalRate: given.rpm * factor, avgInTokens: given.inputTokens, avgOutTokens: given.outputTokens };
          const servers = [server('s', { class: given.class, load })];
          const classes = [serviceClass('Premium', 1, { itl: 60 }), serviceClass('Bronze', 2, { itl: 120, ttft: 3000 })];
          return replicasOn(
            optimize(buildSystem({ accelerators, models, classes, servers, optimizer: { unlimited: true } }), options),
            's',
          );
        };
        const less = at(1);
        for (const [on, replicas] of at(more)) expect(replicas, on).to.be.at.least(less.get(on)!);
      }),
      { numRuns: 300 },
    );
  });

  it('is never dearer for looser targets, unlimited and without a current allocation', () => {
    const loosening = fc.double({ min: 1, max: 4, noNaN: true });
    fc.assert(
      fc.property(
        aServer,
        loosening,
        loosening,
        fc.double({ min: 8, max: 100, noNaN: true }),
        (given, looserItl, looserTtft, itl) => {
          const costAt = (itlFactor: number, ttftFactor: number): number => {
            const load = { arrivalRate: given.rpm, avgInTokens: given.inputTokens, avgOutTokens: given.outputTokens };
            const servers = [server('s', { load, minNumReplicas: given.minNumReplicas })];
            const classes = [serviceClass('Premium', 1, { itl: itl * itlFactor, ttft: 1000 * ttftFactor })];
            const system = buildSystem({ accelerators, models, classes, servers, optimizer: { unlimited: true } });
            return optimize(system, options).allocations['s']?.cost ?? Infinity;
          };
          expect(costAt(looserItl, looserTtft)).to.be.at.most(costAt(1, 1));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('optimize: order of the input', () => {
  function shuffled<T>(items: readonly T[], random: () => number): T[] {
    return items
      .map((item) => ({ item, key: random() }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item);
  }

  function shuffledSystem(system: SystemSpec, seed: number): SystemSpec {
    let state = seed;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    return {
      ...system,
      acceleratorData: { accelerators: shuffled(system.acceleratorData.accelerators, random) },
      capacityData: { count: shuffled(system.capacityData.count, random) },
      modelData: { models: shuffled(system.modelData.models, random) },
      serviceClassData: {
        serviceClasses: shuffled(system.serviceClassData.serviceClasses, random).map((item) => ({
          ...item,
          modelTargets: shuffled(item.modelTargets, random),
        })),
      },
      serverData: { servers: shuffled(system.serverData.servers, random) },
    };
  }

  for (const set of ['small', 'large', 'small-linear', 'large-linear']) {
    it(`${set}: 20 shuffles, half the cards, byte for byte the same answer`, async () => {
      const system = await sampleProblem(set);
      const halved = system.capacityData.count.map((item) => ({ ...item, count: Math.floor(item.count / 2) }));
      const scarce = { ...system, capacityData: { count: halved } };
      const answer = JSON.stringify(optimize(scarce, options));
      expect(answer).to.contain('"outcome":"best-effort"');
      for (let seed = 1; seed <= 20; seed++) {
        expect(JSON.stringify(optimize(shuffledSystem(scarce, seed), options))).to.equal(answer);
      }
    });
  }
});
