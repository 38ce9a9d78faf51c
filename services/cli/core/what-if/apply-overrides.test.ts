import { expect } from 'chai';
import fc from 'fast-check';
import { ContractError } from '#shared/contracts/contract-error.js';
import { systemSpecSchema, type SystemSpec } from '#shared/contracts/system-data.js';
import { applyOverrides } from './apply-overrides.js';

const loaded = { load: { arrivalRate: 60, avgInTokens: 128, avgOutTokens: 512 } };

function system(): SystemSpec {
  return systemSpecSchema.parse({
    acceleratorData: {
      accelerators: [
        { name: 'H100', type: 'H100', cost: 75 },
        { name: '2xH100', type: 'H100', multiplicity: 2, cost: 150 },
        { name: 'G2', type: 'G2', cost: 23 },
      ],
    },
    capacityData: { count: [{ type: 'H100', count: 100 }] },
    modelData: {
      models: [
        { name: 'llama_7b', acc: 'H100', maxBatchSize: 64, perfParms: { alpha: 5, beta: 0.01, gamma: 0.001 } },
        { name: 'llama_7b', acc: 'G2', maxBatchSize: 32 },
        { name: 'llama3.1', acc: 'G2', maxBatchSize: 16 },
      ],
    },
    serviceClassData: {
      serviceClasses: [
        {
          name: 'Premium',
          priority: 1,
          modelTargets: [
            { model: 'llama_7b', 'slo-itl': 40 },
            { model: 'llama3.1', 'slo-itl': 50 },
          ],
        },
        { name: 'Free', modelTargets: [] },
      ],
    },
    serverData: {
      servers: [
        { name: 'vllm-001', class: 'Premium', model: 'llama_7b', currentAlloc: loaded },
        { name: 'team.a', class: 'Premium', model: 'llama_7b', currentAlloc: loaded },
        { name: 'team', class: 'Free', model: 'llama3.1', currentAlloc: loaded },
        { name: 'team.a.load', class: 'Free', model: 'llama3.1' },
      ],
    },
    optimizerData: { optimizer: {} },
  });
}

function refusal(...overrides: string[]): string {
  try {
    applyOverrides(system(), overrides);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
}

describe('applyOverrides', () => {
  const cases: [override: string, read: (changed: SystemSpec) => unknown, becomes: unknown][] = [
    ['capacity.H100=+8', (it) => it.capacityData.count[0]?.count, 108],
    ['capacity.H100=-2', (it) => it.capacityData.count[0]?.count, 98],
    ['capacity.H100=16', (it) => it.capacityData.count[0]?.count, 16],
    ['capacity.H100=*1.1', (it) => it.capacityData.count[0]?.count, 110],
    ['capacity.G2=+4', (it) => it.capacityData.count[1], { type: 'G2', count: 4 }],
    ['capacity.*=*2', (it) => it.capacityData.count, [{ type: 'H100', count: 200 }]],
    ['servers.vllm-001.load.arrivalRate=*2', (it) => it.serverData.servers[0]?.currentAlloc?.load?.arrivalRate, 120],
    [
      'servers.vllm-001.currentAlloc.load.avgoutTokens=1e3',
      (it) => it.serverData.servers[0]?.currentAlloc?.load?.avgOutTokens,
      1000,
    ],
    [
      'servers.*.load.arrivalRate=5',
      (it) => it.serverData.servers.map((one) => one.currentAlloc?.load?.arrivalRate),
      [5, 5, 5, 5],
    ],
    [
      'servers.*.load.arrivalRate=*2',
      (it) => it.serverData.servers.map((one) => one.currentAlloc?.load?.arrivalRate),
      [120, 120, 120, undefined],
    ],
    ['servers.vllm-001.minNumReplicas=3', (it) => it.serverData.servers[0]?.minNumReplicas, 3],
    ['servers.vllm-001.keepAccelerator=true', (it) => it.serverData.servers[0]?.keepAccelerator, true],
    ['servers.vllm-001.class=Free', (it) => it.serverData.servers[0]?.class, 'Free'],
    ['servers.vllm-001.class="Free"', (it) => it.serverData.servers[0]?.class, 'Free'],
    [
      'SERVICECLASSES.Premium.slo-itl=30',
      (it) => it.serviceClassData.serviceClasses[0]?.modelTargets.map((one) => one['slo-itl']),
      [30, 30],
    ],
    [
      'serviceclasses.Premium.llama3.1.slo-itl=30',
      (it) => it.serviceClassData.serviceClasses[0]?.modelTargets.map((one) => one['slo-itl']),
      [40, 30],
    ],
    ['serviceclasses.Premium.priority=7', (it) => it.serviceClassData.serviceClasses.map((one) => one.priority), [7, 100]],
    ['accelerators.2xH100.cost=*0.5', (it) => it.acceleratorData.accelerators.map((one) => one.cost), [75, 75, 23]],
    [
      'models.llama_7b.H100.perfParms.alpha=*2',
      (it) => it.modelData.models.map((one) => one.perfParms?.alpha),
      [10, undefined, undefined],
    ],
    ['models.llama_7b.*.maxBatchSize=8', (it) => it.modelData.models.map((one) => one.maxBatchSize), [8, 8, 16]],
    ['models.*.G2.maxBatchSize=8', (it) => it.modelData.models.map((one) => one.maxBatchSize), [64, 8, 8]],
    ['optimizer.saturationPolicy=RoundRobin', (it) => it.optimizerData.optimizer.saturationPolicy, 'RoundRobin'],
  ];
  for (const [override, read, becomes] of cases) {
    it(override, () => {
      const before = system();
      expect(read(applyOverrides(before, [override]))).to.deep.equal(becomes);
      expect(before, 'the system itself').to.deep.equal(system());
    });
  }

  it('takes the longest name that fits, and a quoted one as it is', () => {
    const rates = (override: string): (number | undefined)[] =>
      applyOverrides(system(), [override]).serverData.servers.map((one) => one.currentAlloc?.load?.arrivalRate);
    expect(rates('servers.team.a.load.load.arrivalRate=1')).to.deep.equal([60, 60, 60, 1]);
    expect(rates('servers."team.a".load.arrivalRate=1')).to.deep.equal([60, 1, 60, undefined]);
    expect(rates('servers.team.load.arrivalRate=1')).to.deep.equal([60, 60, 1, undefined]);
  });

  it('takes several in their order', () => {
    expect(applyOverrides(system(), ['capacity.H100=+4', 'capacity.H100=*2']).capacityData.count[0]?.count).to.equal(208);
  });

  it('weighs what belongs together together', () => {
    const [server] = applyOverrides(system(), ['servers.vllm-001.minNumReplicas=5', 'servers.vllm-001.maxNumReplicas=6'])
      .serverData.servers;
    expect(server).to.include({ minNumReplicas: 5, maxNumReplicas: 6 });
  });

  const refusals: [name: string, overrides: string[], says: string][] = [
    [
      'an unknown part',
      ['capacities.H100=1'],
      '--what-if capacities.H100=1: "capacities": no such part of the data; did you mean "capacity"? known: accelerators, capacity, models, optimizer, servers, serviceclasses',
    ],
    [
      'an unknown type',
      ['capacity.H10=1'],
      '--what-if capacity.H10=1: "H10": no such accelerator type; did you mean "H100"? known: G2, H100',
    ],
    [
      'an unknown server',
      ['servers.x.load.arrivalRate=1'],
      '--what-if servers.x.load.arrivalRate=1: "x": no such server; known: team, team.a, team.a.load, vllm-001',
    ],
    [
      'an unknown server in quotes',
      ['servers."team.b".class=Free'],
      '--what-if servers."team.b".class=Free: "team.b": no such server; did you mean "team.a"? known: team, team.a, team.a.load, vllm-001',
    ],
    [
      'an unknown field',
      ['servers.vllm-001.load.rate=1'],
      '--what-if servers.vllm-001.load.rate=1: "rate": no such field; known: arrivalRate, avgInTokens, avgOutTokens, throughput',
    ],
    [
      'a path that ends early',
      ['servers.vllm-001.load=1'],
      '--what-if servers.vllm-001.load=1: .field must follow; known: arrivalRate, avgInTokens, avgOutTokens, throughput',
    ],
    [
      'a path that goes on',
      ['capacity.H100.count=1'],
      '--what-if capacity.H100.count=1: ".count=1": a value has nothing below it; expected =VALUE',
    ],
    ['no value', ['capacity.H100'], '--what-if capacity.H100: must be KEY=VALUE'],
    [
      'nothing',
      [''],
      '--what-if : "": no such part of the data; known: accelerators, capacity, models, optimizer, servers, serviceclasses',
    ],
    ['no number', ['capacity.H100=many'], '--what-if capacity.H100=many: "many": must be a number, or +N, -N or *N'],
    ['an empty number', ['capacity.H100='], '--what-if capacity.H100=: "": must be a number, or +N, -N or *N'],
    ['a number out of range', ['capacity.H100=-200'], '--what-if capacity.H100=-200: -100: must be >= 0'],
    [
      'one value in many places, once',
      ['serviceclasses.Premium.slo-percentile=2'],
      '--what-if serviceclasses.Premium.slo-percentile=2: 2: must be >= 0.5 and <= 0.999',
    ],
    ['part of a card', ['capacity.H100=+0.5'], '--what-if capacity.H100=+0.5: 100.5: must be a whole number'],
    [
      'more than a number can be',
      ['servers.team.load.arrivalRate=1e999'],
      '--what-if servers.team.load.arrivalRate=1e999: Infinity: must be a finite number',
    ],
    [
      'a change of what is not there',
      ['servers.team.minNumReplicas=+1'],
      '--what-if servers.team.minNumReplicas=+1: "+1": there is no value yet that this could change: give a number',
    ],
    [
      'neither true nor false',
      ['servers.team.keepAccelerator=yes'],
      '--what-if servers.team.keepAccelerator=yes: "yes": must be true or false',
    ],
    ['an unknown class', ['servers.team.class=Gold'], '--what-if servers.team.class=Gold: "Gold": must be one of Free, Premium'],
    [
      'an unknown policy',
      ['optimizer.saturationPolicy=Fair'],
      '--what-if optimizer.saturationPolicy=Fair: "Fair": must be one of None, PriorityExhaustive, PriorityRoundRobin, RoundRobin',
    ],
    [
      'a minimum above the maximum',
      ['capacity.H100=1', 'servers.team.maxNumReplicas=2', 'servers.team.minNumReplicas=3'],
      '--what-if servers.team.maxNumReplicas=2: 2: must be at least minNumReplicas (3)',
    ],
    [
      'targets of a class without any',
      ['serviceclasses.Free.slo-itl=10'],
      '--what-if serviceclasses.Free.slo-itl=10: the class has no targets for any model',
    ],
  ];
  for (const [name, overrides, says] of refusals) {
    it(`refuses ${name}`, () => expect(refusal(...overrides)).to.equal(says));
  }

  it('gives a system within its contract, or a message that names the override, whatever it is given', () => {
    const word = fc.constantFrom(
      ...['capacity', 'H100', 'servers', 'team', 'team.a', 'load', 'arrivalRate', 'pin', 'serviceclasses', 'Premium', 'slo-itl'],
      ...['models', 'llama_7b', 'G2', 'perfParms', 'alpha', 'optimizer', 'unlimited', '__proto__', 'constructor', '*', '"', ''],
    );
    const value = fc.oneof(fc.constantFrom('+1', '*2', '-9999', '1e400', 'true', 'NaN', '""', '__proto__'), fc.string());
    const override = fc.tuple(fc.array(word, { maxLength: 6 }), value).map(([path, text]) => `${path.join('.')}=${text}`);
    const isWithin = (changed: SystemSpec): boolean => systemSpecSchema.safeParse(changed).success;
    fc.assert(
      fc.property(fc.array(fc.oneof(override, fc.string()), { minLength: 1, maxLength: 3 }), (overrides) => {
        try {
          expect(isWithin(applyOverrides(system(), overrides))).to.equal(true);
        } catch (error) {
          expect(error).to.be.instanceOf(ContractError);
          expect(overrides.some((one) => (error as Error).message.includes(`--what-if ${one}`))).to.equal(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
