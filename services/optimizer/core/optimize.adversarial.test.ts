import { expect } from 'chai';
import fc from 'fast-check';
import { optimizeOneRequestSchema, optimizeOneResponseSchema } from '#shared/contracts/optimizer.js';
import { parseContract } from '#shared/contracts/parse-contract.js';
import { accelerator, buildSystem, model, server, serviceClass, type SystemParts } from '../test/system-builder.js';
import type { Decision } from './conclude.js';
import { optimize } from './optimize.js';

const options = { firstTokenWithPrefill: false };

/** Decides, and holds the answer to its contract: every figure finite, none negative. */
function decide(parts: SystemParts): Decision {
  const decision = optimize(buildSystem(parts), options);
  optimizeOneResponseSchema.parse({ ...decision, solver: { ...decision.solver, ms: 0 } });
  return decision;
}

function outcomes({ explanations }: Decision): Record<string, string> {
  return Object.fromEntries(Object.entries(explanations).map(([name, { outcome }]) => [name, outcome]));
}

describe('optimize: adversarial input', () => {
  it('no servers, no accelerators, no models, no classes, no cards', () => {
    expect(decide({ servers: [] })).to.deep.include({ allocations: {}, explanations: {} });
    const nothing = decide({ accelerators: [], cards: {}, models: [], classes: [] });
    expect(outcomes(nothing)).to.deep.equal({ s1: 'infeasible' });
  });

  it('no card of any type', () => {
    expect(outcomes(decide({ cards: { A100: 0, H100: 0 } }))).to.deep.equal({ s1: 'unserved' });
    for (const saturationPolicy of ['PriorityExhaustive', 'PriorityRoundRobin', 'RoundRobin'] as const) {
      expect(decide({ cards: { A100: 0, H100: 0 }, optimizer: { saturationPolicy } }).allocations).to.deep.equal({});
    }
  });

  it('a candidate that needs more cards than exist', () => {
    const accelerators = [accelerator('8xA100', 320, { type: 'A100', multiplicity: 8 })];
    const models = [model('llama', '8xA100', 20, { accCount: 1024 })];
    const decision = decide({ accelerators, models, cards: { A100: 8191 }, optimizer: { saturationPolicy: 'RoundRobin' } });
    expect(outcomes(decision)).to.deep.equal({ s1: 'unserved' });
  });

  it('a billion requests a minute', () => {
    const decision = decide({
      servers: [server('s1', { rpm: 1e9 }), server('s2')],
      optimizer: { saturationPolicy: 'RoundRobin' },
    });
    expect(outcomes(decision)).to.deep.equal({ s1: 'best-effort', s2: 'allocated' });
    const unlimited = decide({ servers: [server('s1', { rpm: 1e9 })], optimizer: { unlimited: true } });
    expect(unlimited.allocations['s1']!.numReplicas).to.be.within(2e6, 6e6);
  });

  it('a load beyond any fleet', () => {
    const decision = decide({ servers: [server('s1', { rpm: 1e300 })], optimizer: { unlimited: true } });
    expect(outcomes(decision)).to.deep.equal({ s1: 'infeasible' });
    expect(decision.explanations['s1']!.candidates[0]!.rejection!.code).to.equal('max-replicas');
  });

  it('requests of no tokens, and of a million', () => {
    const loads = [
      { arrivalRate: 60, avgInTokens: 0, avgOutTokens: 0 },
      { arrivalRate: 60, avgInTokens: 1e6, avgOutTokens: 0 },
      { arrivalRate: 60, avgInTokens: 0, avgOutTokens: 1e6 },
      { arrivalRate: 60, avgInTokens: 1e6, avgOutTokens: 1e6 },
    ];
    const classes = [serviceClass('Premium', 1, { itl: 0, ttft: 0 })];
    for (const firstTokenWithPrefill of [false, true]) {
      for (const load of loads) {
        const system = buildSystem({ classes, servers: [server('s1', { load })], optimizer: { unlimited: true } });
        const decision = optimize(system, { firstTokenWithPrefill });
        expect(decision.allocations['s1']!.numReplicas, JSON.stringify(load)).to.be.at.least(1);
        optimizeOneResponseSchema.parse({ ...decision, solver: { ...decision.solver, ms: 0 } });
      }
    }
  });

  it('accelerators that cost nothing, or all the same', () => {
    const free = decide({ accelerators: [accelerator('H100', 0), accelerator('A100', 0)] });
    expect(free.allocations['s1']).to.include({ accelerator: 'A100', cost: 0 });
    expect(free.explanations['s1']!.candidates[1]!.rejection).to.deep.equal({
      code: 'tie',
      text: 'as good as A100, which comes first by name',
      other: 'A100',
    });
    const models = [model('llama', 'A100', 20), model('llama', 'B', 20)];
    const equal = decide({ accelerators: [accelerator('B', 40), accelerator('A100', 40)], models });
    expect(equal.allocations['s1']).to.include({ accelerator: 'A100' });
  });

  it('a cost beyond what a number can hold', () => {
    const decision = decide({ accelerators: [accelerator('A100', 1.7e308), accelerator('H100', 75)] });
    expect(decision.allocations['s1']).to.include({ accelerator: 'H100' });
    expect(decision.explanations['s1']!.candidates[0]!.rejection!.text).to.equal('costs more than 1000000000000000 cents/hr');
  });

  it('one card type in several multiplicities', () => {
    const accelerators = [1, 2, 4].map((count) => accelerator(`${count}xA`, 40 * count, { type: 'A', multiplicity: count }));
    const models = [model('llama', '1xA', 20), model('llama', '2xA', 11), model('llama', '4xA', 6)];
    const servers = Array.from({ length: 9 }, (_, index) => server(`s${index}`, { rpm: 300 + 100 * index }));
    for (const cards of [0, 5, 17, 40, 200]) {
      const decision = decide({
        accelerators,
        models,
        servers,
        cards: { A: cards },
        optimizer: { saturationPolicy: 'RoundRobin' },
      });
      expect(decision.capacity['A']!.used).to.be.at.most(cards);
    }
  });

  it('batches and queues without measure', () => {
    const servers = [
      server('s1', { maxBatchSize: 2_000_000_000, maxQueueSize: 2_000_000_000 }),
      server('s2', { maxBatchSize: 1, maxQueueSize: 0 }),
    ];
    const decision = decide({ servers, classes: [serviceClass('Premium', 1, { itl: 30, ttft: 100 })] });
    expect(outcomes(decision)).to.deep.equal({ s1: 'allocated', s2: 'allocated' });
    expect(decision.allocations['s1']!.maxBatch).to.equal(65_536);
  });

  it('names that mean something to a program', () => {
    const names = ['__proto__', 'constructor', 'toString', '0', ' ', '🂡'];
    const decision = decide({ servers: names.map((name) => server(name)) });
    expect(Object.keys(decision.allocations).sort()).to.deep.equal([...names].sort());
    expect(Object.keys(JSON.parse(JSON.stringify(decision.allocations)) as object)).to.have.length(names.length);
  });

  it('any numbers at all that the contract lets through', () => {
    const anyNumber = fc.oneof(
      fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, 5e-324, 1e-9, 1, 1e9, 1e100, Number.MAX_VALUE),
    );
    const parameter = fc.oneof(anyNumber, fc.double({ noNaN: true, noDefaultInfinity: true }));
    const anyCount = fc.oneof(fc.nat(2000), fc.constantFrom(0, 1, 2 ** 31, Number.MAX_SAFE_INTEGER));
    const wild = fc.record({
      cost: anyNumber,
      cards: anyCount,
      accCount: fc.integer({ min: -5, max: 1024 }),
      // Larger ones only take longer: the table of a curve is as long as its batch.
      maxBatchSize: fc.oneof(fc.nat(300), fc.constant(70_000)),
      atTokens: anyNumber,
      perfParms: fc.record({ alpha: parameter, beta: parameter, gamma: parameter }),
      decodeParms: fc.record({ alpha: parameter, beta: parameter }),
      prefillParms: fc.record({ gamma: parameter, delta: parameter }),
      targets: fc.record({ itl: anyNumber, ttft: anyNumber, tps: anyNumber }),
      percentile: fc.option(fc.double({ min: 0.5, max: 0.999, noNaN: true }), { nil: undefined }),
      load: fc.record({ arrivalRate: anyNumber, avgInTokens: anyNumber, avgOutTokens: anyNumber }),
      minNumReplicas: anyCount,
      standbyReplicas: anyCount,
      maxQueueSize: anyCount,
      runs: fc.record({ accelerator: fc.constantFrom('', 'A100', 'H100', 'gone'), numReplicas: anyCount }),
      policy: fc.constantFrom('None' as const, 'RoundRobin' as const, 'PriorityExhaustive' as const),
      unlimited: fc.boolean(),
    });
    fc.assert(
      fc.property(wild, (given) => {
        const { cost, cards, targets, percentile, policy, unlimited, load, runs, minNumReplicas, standbyReplicas, maxQueueSize } =
          given;
        const { perfParms, decodeParms, prefillParms, ...perf } = given;
        const premium = serviceClass('Premium', 1, targets);
        premium.modelTargets[0]!['slo-percentile'] = percentile;
        const decision = decide({
          accelerators: [accelerator('A100', cost), accelerator('H100', 75)],
          cards: { A100: cards, H100: 50 },
          models: [
            { name: 'llama', acc: 'A100', ...pick(perf), perfParms },
            { name: 'llama', acc: 'H100', ...pick(perf), decodeParms, prefillParms },
          ],
          classes: [premium],
          servers: [server('s1', { load, runs, minNumReplicas, standbyReplicas, maxQueueSize }), server('s2')],
          optimizer: { saturationPolicy: policy, unlimited },
        });
        expect(decision.explanations).to.have.all.keys('s1', 's2');
      }),
      { numRuns: 1000 },
    );
  });
});

function pick({ accCount, maxBatchSize, atTokens }: { accCount: number; maxBatchSize: number; atTokens: number }) {
  return { accCount, maxBatchSize, atTokens };
}

describe('optimizeOne body: what never reaches the core', () => {
  const system = buildSystem();
  const cases: { name: string; body: unknown; says: string }[] = [
    {
      name: 'a NaN-like string',
      body: { ...system, capacityData: { count: [{ type: 'A100', count: 'NaN' }] } },
      says: 'body: system.capacityData.count[0].count: "NaN": must be a finite number',
    },
    {
      name: 'a duplicate server',
      body: { ...system, serverData: { servers: [server('twin'), server('twin')] } },
      says: 'body: system.serverData.servers[1].name: "twin": duplicate server "twin", first at index 0',
    },
    {
      name: 'a duplicate accelerator',
      body: { ...system, acceleratorData: { accelerators: [accelerator('A', 1), accelerator('A', 2)] } },
      says: 'body: system.acceleratorData.accelerators[1].name: "A": duplicate accelerator "A", first at index 0',
    },
    {
      name: 'a negative load',
      body: { ...system, serverData: { servers: [server('s', { rpm: -1 })] } },
      says: 'body: system.serverData.servers[0].currentAlloc.load.arrivalRate: -1: must be >= 0',
    },
  ];
  for (const { name, body, says } of cases) {
    it(`${name} is an error that names it`, () => {
      expect(() => parseContract(optimizeOneRequestSchema, { system: body }, 'body')).to.throw(says);
    });
  }
});
