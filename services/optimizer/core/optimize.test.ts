import { expect } from 'chai';
import { optimizeOneResponseSchema, type Rejection } from '#shared/contracts/optimizer.js';
import { accelerator, buildSystem, model, server, serviceClass, type SystemParts } from '../test/system-builder.js';
import type { Decision } from './conclude.js';
import { optimize } from './optimize.js';

const options = { firstTokenWithPrefill: false };
const decide = (parts: SystemParts): Decision => optimize(buildSystem(parts), options);

function rejectionOf(decision: Decision, name: string, on: string): Rejection | undefined {
  return decision.explanations[name]?.candidates.find((item) => item.accelerator === on)?.rejection;
}

describe('optimize', () => {
  it('answers in the shape of its contract', () => {
    const decision = decide({ servers: [server('a'), server('b', { rpm: 0 }), server('c', { load: {} })] });
    const answer = { ...decision, solver: { ...decision.solver, ms: 0 } };
    expect(optimizeOneResponseSchema.parse(answer)).to.deep.equal(answer);
  });

  it('takes the cheapest accelerator that meets the targets, and says by how much the others are dearer', () => {
    const decision = decide({});
    expect(decision.allocations['s1']).to.include({ accelerator: 'A100', numReplicas: 3, cost: 120, maxBatch: 32 });
    expect(rejectionOf(decision, 's1', 'A100')).to.equal(undefined);
    expect(rejectionOf(decision, 's1', 'H100')).to.deep.equal({ code: 'dearer', text: 'dearer by 30 cents/hr', dearerBy: 30 });
    expect(decision.capacity).to.deep.equal({ A100: { total: 1000, used: 3 }, H100: { total: 1000, used: 0 } });
    expect(decision.solver).to.deep.equal({ name: 'auto', objective: 132, bound: 132, gap: 0 });
    expect(decision.counts).to.deep.equal([{ priority: 1, servers: 1, served: 1, bound: 1 }]);
    expect(decision.prices).to.deep.equal({ A100: 0, H100: 0 });
  });

  it('gives the rate of a replica exactly, so that it says how many a load needs', () => {
    for (const rpm of [1, 37, 208.6, 417.3, 5000]) {
      const [candidate] = decide({ servers: [server('s1', { rpm })] }).explanations['s1']!.candidates;
      const { numReplicas, ratePerReplica } = candidate!;
      expect(ratePerReplica! * numReplicas!).to.be.at.least(rpm);
      expect(ratePerReplica! * (numReplicas! - 1)).to.be.below(rpm);
    }
  });

  it('gives no rate of a replica where nobody can tell', () => {
    const servers = [server('s1', { load: { arrivalRate: 0 } })];
    expect(decide({ servers }).explanations['s1']!.candidates[0]).not.to.have.property('ratePerReplica');
  });

  it('stays where a change of accelerator would weigh more than it saves', () => {
    const decision = decide({
      servers: [server('s1', { runs: { accelerator: 'H100', numReplicas: 2 } })],
      cards: { A100: 9, H100: 9 },
    });
    // From 150 to 120: saves 30, weighs 0.1·270 = 27, so it moves; at a smaller gain it stays.
    expect(decision.allocations['s1']).to.include({ accelerator: 'A100' });
    const dearerA100 = [accelerator('A100', 42), accelerator('H100', 75)];
    const stays = decide({
      accelerators: dearerA100,
      servers: [server('s1', { runs: { accelerator: 'H100', numReplicas: 2 } })],
    });
    expect(stays.allocations['s1']).to.include({ accelerator: 'H100', numReplicas: 2 });
    expect(rejectionOf(stays, 's1', 'A100')).to.deep.equal({
      code: 'transition',
      text: 'change not worth its penalty: saves 24 cents/hr, weighs 27.6',
      saves: 24,
      weighs: 27.6,
    });
  });

  it('names the target that an accelerator misses, with both figures', () => {
    const decision = decide({ classes: [serviceClass('Premium', 1, { itl: 15 })] });
    expect(decision.allocations['s1']).to.include({ accelerator: 'H100' });
    expect(rejectionOf(decision, 's1', 'A100')?.code).to.equal('slo-itl');
    expect(rejectionOf(decision, 's1', 'A100')?.text).to.match(/^slo-itl 20\.\d > 15 ms$/);
    const slow = decide({ classes: [serviceClass('Premium', 1, { ttft: 30 })] });
    expect(rejectionOf(slow, 's1', 'A100')?.text).to.match(/^slo-ttft 4\d\.\d > 30 ms$/);
  });

  it('leaves a server that nothing can serve to what it has, and serves the others', () => {
    const decision = decide({
      classes: [serviceClass('Premium', 1), serviceClass('Strict', 1, { itl: 1 })],
      servers: [server('s1'), server('s2', { class: 'Strict', runs: { accelerator: 'H100', numReplicas: 4 } })],
    });
    expect(decision.allocations).to.have.all.keys('s1');
    expect(decision.explanations['s2']).to.include({
      outcome: 'infeasible',
      reason: 'no accelerator meets the targets; keeps what it has',
    });
    expect(decision.capacity['H100']).to.deep.equal({ total: 1000, used: 4 });
  });

  it('says which cards are missing', () => {
    const decision = decide({ cards: { A100: 2, H100: 1 } });
    expect(decision.allocations).to.deep.equal({});
    expect(decision.explanations['s1']).to.include({ outcome: 'unserved' });
    const lack = (type: string, needs: number, left: number): Rejection => {
      return { code: 'capacity', text: `capacity: needs ${needs} ${type}, ${left} left`, needs, left, type };
    };
    expect(rejectionOf(decision, 's1', 'A100')).to.deep.equal(lack('A100', 3, 2));
    expect(rejectionOf(decision, 's1', 'H100')).to.deep.equal(lack('H100', 2, 1));
  });

  it('says that best effort is less than needed', () => {
    const decision = decide({ cards: { A100: 2, H100: 0 }, optimizer: { saturationPolicy: 'RoundRobin' } });
    expect(decision.allocations['s1']).to.include({ accelerator: 'A100', numReplicas: 2, cost: 80 });
    expect(decision.explanations['s1']).to.include({
      outcome: 'best-effort',
      neededReplicas: 3,
      reason: '2 × A100 at 80 cents/hr is all that the cards that are left allow; its targets need 3',
    });
    expect(decision.allocations['s1']!.ttftAverage).to.be.greaterThan(1000);
  });

  it('takes no notice of cards when unlimited', () => {
    for (const optimizer of [{ unlimited: true }, { solver: 'unlimited' as const }]) {
      const decision = decide({ cards: {}, optimizer });
      expect(decision.allocations['s1']).to.include({ accelerator: 'A100', numReplicas: 3 });
      expect(decision.solver.name).to.equal('unlimited');
    }
  });

  it('answers with auto, and says so, where the exact solver is asked for: that one takes its time', () => {
    for (const optimizer of [{ solver: 'milp' as const, unlimited: true }, { milpSolver: true }]) {
      const decision = decide({ optimizer });
      expect(decision.solver.name).to.equal('auto');
      expect(decision.warnings).to.deep.equal(['solver "milp" is not available here: auto was used']);
    }
  });

  it('takes greedy where it is named, and proves nothing then', () => {
    const decision = decide({ optimizer: { solver: 'greedy' } });
    expect(decision.solver).to.deep.equal({ name: 'greedy', objective: 132, bound: null, gap: null });
    expect(decision.counts).to.deep.equal([{ priority: 1, servers: 1, served: 1, bound: null }]);
    expect(decision).not.to.have.property('prices');
  });

  it('gives the cards so that nobody of a higher priority is stranded, and says what one more card would save', () => {
    const classes = [serviceClass('Premium', 1, { itl: 15 }), serviceClass('Bronze', 2)];
    const tied = server('tied', { rpm: 300 });
    const wide = server('wide', { class: 'Bronze', rpm: 60 });
    const decision = decide({ classes, servers: [tied, wide], cards: { A100: 1, H100: 1 } });
    expect(decision.allocations['tied']).to.include({ accelerator: 'H100', numReplicas: 1 });
    expect(decision.allocations['wide']).to.include({ accelerator: 'A100', numReplicas: 1 });
    expect(decision.counts).to.deep.equal([
      { priority: 1, servers: 1, served: 1, bound: 1 },
      { priority: 2, servers: 1, served: 1, bound: 1 },
    ]);
  });
});

describe('optimize: what a server asks for', () => {
  it('keeps the accelerator', () => {
    const runs = { accelerator: 'H100', numReplicas: 1 };
    const decision = decide({ servers: [server('s1', { keepAccelerator: true, runs })] });
    expect(decision.allocations['s1']).to.include({ accelerator: 'H100', numReplicas: 2 });
    expect(rejectionOf(decision, 's1', 'A100')).to.deep.equal({
      code: 'keep-accelerator',
      text: 'kept by keepAccelerator on H100',
      other: 'H100',
    });
  });

  it('is free in its choice with keepAccelerator while it runs nowhere', () => {
    expect(decide({ servers: [server('s1', { keepAccelerator: true })] }).allocations['s1']).to.include({ accelerator: 'A100' });
  });

  it('names the accelerator that keepAccelerator keeps it on where that does not do', () => {
    const runs = { accelerator: 'A100', numReplicas: 1 };
    const servers = [server('s1', { keepAccelerator: true, runs })];
    const decision = decide({ servers, classes: [serviceClass('Premium', 1, { itl: 15 })] });
    expect(decision.allocations).to.deep.equal({});
    expect(decision.explanations['s1']!.reason).to.equal(
      'A100, on which keepAccelerator keeps it, does not meet the targets; keeps what it has',
    );
  });

  it('gets at least its minimum', () => {
    expect(decide({ servers: [server('s1', { minNumReplicas: 7 })] }).allocations['s1']).to.include({
      numReplicas: 7,
      cost: 280,
    });
  });

  it('prefers an accelerator that its maximum does not cut', () => {
    const decision = decide({ servers: [server('s1', { maxNumReplicas: 2 })] });
    expect(decision.allocations['s1']).to.include({ accelerator: 'H100', numReplicas: 2 });
    expect(rejectionOf(decision, 's1', 'A100')).to.deep.equal({
      code: 'max-replicas',
      text: 'needs 3 replicas, at most 2 allowed',
      needs: 3,
      allowed: 2,
    });
  });

  it('gets its maximum as best effort where every accelerator needs more, on the one nearest to its need', () => {
    const decision = decide({ servers: [server('s1', { maxNumReplicas: 1 })] });
    expect(decision.allocations['s1']).to.include({ accelerator: 'H100', numReplicas: 1 });
    expect(decision.explanations['s1']).to.include({ outcome: 'best-effort', neededReplicas: 2 });
    expect(rejectionOf(decision, 's1', 'A100')?.code).to.equal('max-replicas');
  });

  it('has no more on an accelerator than is allowed there, and says why', () => {
    const limited = (numReplicas: number, cards?: Record<string, number>) =>
      decide({
        servers: [server('s1', { replicaLimits: [{ accelerator: 'A100', numReplicas, reason: 'its pods crash there' }] })],
        ...(cards === undefined ? {} : { cards }),
      });
    expect(limited(3).allocations['s1']).to.include({ accelerator: 'A100', numReplicas: 3 });
    expect(limited(2).allocations['s1']).to.include({ accelerator: 'H100', numReplicas: 2 });
    expect(rejectionOf(limited(2), 's1', 'A100')).to.deep.equal({
      code: 'max-replicas',
      text: 'needs 3 replicas, at most 2 allowed: its pods crash there',
      needs: 3,
      allowed: 2,
    });
    expect(rejectionOf(limited(0), 's1', 'A100')).to.deep.equal({
      code: 'max-replicas',
      text: 'none allowed: its pods crash there',
      allowed: 0,
    });
    // No cards elsewhere: it is not given what is not allowed, and keeps what it has.
    expect(limited(0, { A100: 100, H100: 0 }).allocations).to.deep.equal({});
  });

  it('pays for standby replicas and counts their cards', () => {
    const decision = decide({ servers: [server('s1', { standbyReplicas: 2 })], cards: { A100: 5, H100: 0 } });
    expect(decision.allocations['s1']).to.include({ accelerator: 'A100', numReplicas: 3, cost: 200 });
    expect(decision.capacity['A100']).to.deep.equal({ total: 5, used: 5 });
    const tooFew = decide({ servers: [server('s1', { standbyReplicas: 2 })], cards: { A100: 4, H100: 0 } });
    expect(rejectionOf(tooFew, 's1', 'A100')?.text).to.equal('capacity: needs 5 A100, 4 left');
  });

  it('counts the cards of accelerators made of several, several to a replica', () => {
    const accelerators = [accelerator('4xA100', 160, { type: 'A100', multiplicity: 4 })];
    const models = [model('llama', '4xA100', 20, { accCount: 2 })];
    const decision = decide({ accelerators, models, cards: { A100: 24 } });
    expect(decision.allocations['s1']).to.include({ accelerator: '4xA100', numReplicas: 3, cost: 960 });
    expect(decision.capacity['A100']).to.deep.equal({ total: 24, used: 24 });
  });

  it('takes its own max batch before the one of the model', () => {
    expect(decide({ servers: [server('s1', { maxBatchSize: 5 })] }).allocations['s1']).to.include({ maxBatch: 5 });
    const models = [model('llama', 'A100', 20, { maxBatchSize: 100, atTokens: 512 })];
    const ceiling = { maxBatch: 'ceiling' as const };
    expect(decide({ models, optimizer: ceiling }).allocations['s1']).to.include({ maxBatch: 200 });
    const long = server('s1', { load: { arrivalRate: 60, avgInTokens: 10, avgOutTokens: 100_000 } });
    const classes = [serviceClass('Premium', 1, { itl: 0, ttft: 0 })];
    const optimizer = { unlimited: true };
    expect(decide({ models, classes, servers: [long], optimizer }).allocations['s1']).to.include({ maxBatch: 1 });
  });
});

describe('optimize: loads', () => {
  it('holds a server whose load nobody knows, and its cards', () => {
    const runs = { accelerator: 'A100', numReplicas: 6 };
    const loads = [{}, { avgOutTokens: 10 }, { arrivalRate: 60 }];
    for (const load of loads) {
      const decision = decide({ servers: [server('s1', { load, runs })] });
      expect(decision.allocations).to.deep.equal({});
      expect(decision.explanations['s1']!.outcome).to.equal('load-unknown');
      expect(decision.explanations['s1']!.load).to.equal(null);
      expect(decision.capacity['A100']!.used).to.equal(6);
    }
  });

  it('gives a server that is measured idle its minimum, absent none', () => {
    const idle = decide({ servers: [server('s1', { rpm: 0, minNumReplicas: 2 }), server('s2', { rpm: 0 })] });
    expect(idle.allocations['s1']).to.include({ accelerator: 'A100', numReplicas: 2 });
    expect(idle.allocations['s2']).to.include({ numReplicas: 0, cost: 0 }).and.not.have.any.keys('itlAverage', 'ttftAverage');
    expect(idle.explanations['s2']!.outcome).to.equal('zero-load');
  });

  it('does not ask an idle server for the size of requests it does not have', () => {
    const decision = decide({ servers: [server('s1', { load: { arrivalRate: 0 }, minNumReplicas: 1 })] });
    expect(decision.allocations['s1'])
      .to.include({ accelerator: 'A100', numReplicas: 1, maxBatch: 32 })
      .and.not.have.property('itlAverage');
    expect(decision.explanations['s1']!.load).to.deep.equal({ arrivalRate: 0 });
  });

  it('keeps an idle server off accelerators that its next request would find too slow', () => {
    const servers = [server('s1', { rpm: 0, minNumReplicas: 1 })];
    const decision = decide({ servers, classes: [serviceClass('Premium', 1, { itl: 15 })] });
    expect(decision.allocations['s1']).to.include({ accelerator: 'H100', numReplicas: 1 });
    expect(rejectionOf(decision, 's1', 'A100')?.code).to.equal('slo-itl');
  });

  it('shrinks an idle server to its minimum where it runs, even where its targets cannot be met at all', () => {
    const classes = [serviceClass('Premium', 1, { itl: 5 })];
    const runs = { accelerator: 'H100', numReplicas: 9, maxBatch: 12 };
    const idle = decide({ classes, servers: [server('s1', { rpm: 0, minNumReplicas: 1, runs })] });
    expect(idle.allocations['s1']).to.include({ accelerator: 'H100', numReplicas: 1, maxBatch: 12 });
    const busy = decide({ classes, servers: [server('s1', { minNumReplicas: 1, runs })] });
    expect(busy.allocations).to.deep.equal({});
    const nowhere = decide({ classes, servers: [server('s1', { rpm: 0, minNumReplicas: 1 })] });
    expect(nowhere.allocations).to.deep.equal({});
  });

  it('sizes for the larger of load and TPS target, or for the target alone', () => {
    const classes = [serviceClass('Premium', 1, { itl: 0, ttft: 0, tps: 5000 })];
    const replicas = (rpm: number, tpsTargetReplacesLoad: boolean): number =>
      decide({ classes, servers: [server('s1', { rpm })], optimizer: { tpsTargetReplacesLoad } }).allocations['s1']!.numReplicas;
    // 5000 tokens/s at 256 each are 1172 requests/min.
    expect(replicas(60, false)).to.equal(replicas(1172, true));
    expect(replicas(6000, true)).to.equal(replicas(60, true));
    expect(replicas(6000, false)).to.be.greaterThan(replicas(60, false));
  });

  it('takes one output token at least, and no prompt where only output tokens are given', () => {
    const decision = decide({ servers: [server('s1', { load: { arrivalRate: 600, avgOutTokens: 0 } })] });
    expect(decision.explanations['s1']!.load).to.deep.equal({ arrivalRate: 600, avgInTokens: 0, avgOutTokens: 1 });
    expect(decision.allocations['s1']!.numReplicas).to.be.at.least(1);
  });

  it('takes the default queue of the service where a server has none', () => {
    const ttft = (defaultMaxQueueSize?: number, maxQueueSize?: number): number => {
      const servers = [server('s1', { rpm: 6000, ...(maxQueueSize === undefined ? {} : { maxQueueSize }) })];
      const system = buildSystem({ servers });
      const given = defaultMaxQueueSize === undefined ? options : { ...options, defaultMaxQueueSize };
      return optimize(system, given).allocations['s1']!.ttftAverage!;
    };
    expect(ttft(0)).to.equal(ttft(undefined, 0));
    expect(ttft(320)).to.equal(ttft());
    expect(ttft(0, 320)).to.equal(ttft());
    expect(ttft()).to.be.greaterThan(ttft(0));
  });
});

describe('optimize: pins', () => {
  const pin = { accelerator: 'A100', numReplicas: 4, reason: 'load unknown' };

  it('gives a pinned server what its pin says, and the others what is left', () => {
    const decision = decide({
      cards: { A100: 6, H100: 2 },
      servers: [server('s1', { pin, load: {} }), server('s2')],
    });
    expect(decision.allocations['s1'])
      .to.include({ accelerator: 'A100', numReplicas: 4, cost: 160 })
      .and.not.have.property('itlAverage');
    expect(decision.allocations['s2']).to.include({ accelerator: 'H100' });
    expect(decision.explanations['s1']).to.include({ outcome: 'pinned', reason: 'pinned to 4 × A100: load unknown' });
    expect(rejectionOf(decision, 's2', 'A100')?.text).to.equal('capacity: needs 3 A100, 2 left');
  });

  it('predicts a pinned server at its load, with the max batch that it runs', () => {
    const runs = { accelerator: 'A100', numReplicas: 4, maxBatch: 12 };
    const { allocations } = decide({ servers: [server('s1', { pin, runs })] });
    expect(allocations['s1']).to.include({ maxBatch: 12 });
    expect(allocations['s1']!.itlAverage).to.be.within(20, 40);
  });

  it('holds more than there are cards for, and says so', () => {
    const decision = decide({ cards: { A100: 3, H100: 9 }, servers: [server('s1', { pin }), server('s2')] });
    expect(decision.allocations).to.have.all.keys('s1', 's2');
    expect(decision.allocations['s2']).to.include({ accelerator: 'H100' });
    expect(decision.warnings).to.deep.equal(['A100: 4 cards are held or pinned, more than the 3 there are']);
  });

  it('keeps a pin to an accelerator that the data does not know, and claims no cost and no latencies of it', () => {
    const decision = decide({ servers: [server('s1', { pin: { ...pin, accelerator: 'B200' } })] });
    const { load, ...known } = decision.allocations['s1']!;
    expect(known).to.deep.equal({ accelerator: 'B200', numReplicas: 4, maxBatch: 0 });
    expect(load).to.include({ arrivalRate: 600 });
    expect(decision.explanations['s1']!.candidates).to.deep.equal([
      { accelerator: 'B200', chosen: true, feasible: true, numReplicas: 4 },
    ]);
    expect(decision.warnings).to.deep.equal([
      's1 is pinned to "B200", which has no data: neither its cards nor its cost are counted',
    ]);
  });

  it('weighs no pin, and no best effort: they have no value', () => {
    const { explanations } = decide({
      cards: { A100: 6, H100: 0 },
      servers: [server('s1', { pin }), server('s2')],
      optimizer: { saturationPolicy: 'RoundRobin' },
    });
    expect(explanations['s2']!.outcome).to.equal('best-effort');
    for (const { candidates } of Object.values(explanations)) {
      expect(candidates.find(({ chosen }) => chosen)).to.have.property('cost').and.not.undefined;
      expect(candidates.find(({ chosen }) => chosen)).not.to.have.property('value');
    }
  });
});

describe('optimize: data that does not fit together', () => {
  it('names the missing class, target, model', () => {
    const decision = decide({
      classes: [serviceClass('Premium', 1), { name: 'Empty', priority: 3, modelTargets: [] }],
      servers: [
        server('no-class', { class: 'Gold' }),
        server('no-target', { class: 'Empty' }),
        server('no-model', { model: 'mistral' }),
      ],
    });
    expect(decision.allocations).to.deep.equal({});
    expect(decision.explanations['no-class']).to.include({ outcome: 'infeasible', priority: 100 });
    expect(decision.explanations['no-class']!.reason).to.match(/^no service class "Gold"/);
    expect(decision.explanations['no-target']!.reason).to.match(/^class "Empty" has no targets for model "llama"/);
    expect(decision.explanations['no-model']!.reason).to.match(/^class "Premium" has no targets for model "mistral"/);
    const targeted = {
      name: 'Premium',
      priority: 1,
      modelTargets: [{ model: 'mistral', 'slo-itl': 1, 'slo-ttft': 1, 'slo-tps': 0 }],
    };
    expect(decide({ classes: [targeted], servers: [server('s', { model: 'mistral' })] }).explanations['s']!.reason).to.match(
      /^no data for model "mistral"/,
    );
  });

  it('warns of accelerators without capacity, models without accelerator', () => {
    const { warnings } = decide({
      cards: { A100: 10 },
      models: [model('llama', 'A100', 20), model('llama', 'B200', 5)],
    });
    expect(warnings).to.deep.equal([
      'capacity-data.json: count: no entry for accelerator type "H100", taken as 0 cards',
      'model-data.json: "llama" on "B200": no such accelerator, not considered',
    ]);
  });

  it('tells parameters that are not there from parameters that cannot be', () => {
    const zero = { alpha: 0, beta: 0, gamma: 0 };
    const cases: { over: Parameters<typeof model>[3]; code: string; text: string }[] = [
      { over: { perfParms: zero }, code: 'no-parameters', text: 'no parameters' },
      { over: { perfParms: { ...zero, alpha: -1 } }, code: 'bad-parameters', text: 'bad parameters: alpha -1' },
      { over: { perfParms: { ...zero, beta: NaN } }, code: 'bad-parameters', text: 'bad parameters: beta NaN' },
      { over: { perfParms: { ...zero, gamma: Infinity } }, code: 'bad-parameters', text: 'bad parameters: gamma Infinity' },
      { over: { maxBatchSize: 0 }, code: 'bad-parameters', text: 'bad parameters: maxBatchSize 0' },
      {
        over: { perfParms: { alpha: 1e308, beta: 1e308, gamma: 1e308 } },
        code: 'bad-parameters',
        text: 'bad parameters: service time not within 1e-9 to 1000000000000 ms',
      },
    ];
    for (const { over, code, text } of cases) {
      const decision = decide({ models: [model('llama', 'A100', 20), model('llama', 'H100', 10, over)] });
      expect(decision.allocations['s1']).to.include({ accelerator: 'A100' });
      expect(rejectionOf(decision, 's1', 'H100')).to.deep.equal({ code, text });
    }
    const absent = decide({ models: [model('llama', 'A100', 20)] });
    expect(rejectionOf(absent, 's1', 'H100')).to.deep.equal({ code: 'no-parameters', text: 'no parameters' });
  });
});
