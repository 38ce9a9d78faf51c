import { expect } from 'chai';
import fc from 'fast-check';
import {
  accelerator,
  buildSystem,
  model,
  server,
  serviceClass,
  type ServerParts,
  type SystemParts,
} from '../../test/system-builder.js';
import type { Decision } from '../conclude.js';
import { optimize } from '../optimize.js';

const options = { firstTokenWithPrefill: false };
// The KV cache holds 200 requests of 256 output tokens on A100, and 50 on H100; an ITL of 40 ms leaves room for fewer.
const models = [
  model('llama', 'A100', 20, { maxBatchSize: 100, atTokens: 512 }),
  model('llama', 'H100', 10, { maxBatchSize: 25, atTokens: 512 }),
];
const smallest = { solver: 'unlimited' as const, maxBatch: 'smallest' as const };

function decide(parts: ServerParts, system: SystemParts = {}): Decision {
  return optimize(
    buildSystem({ models, servers: [server('s', { rpm: 1500, ...parts })], optimizer: smallest, ...system }),
    options,
  );
}

const reasonOf = (decision: Decision): string => decision.explanations['s']!.reason;
const onA100 = (parts: ServerParts, system: SystemParts = {}): Decision =>
  decide({ runs: { accelerator: 'A100', numReplicas: 9, maxBatch: 0 }, keepAccelerator: true, ...parts }, system);

describe('the rule for max batches', () => {
  const cases: { optimizer: SystemParts['optimizer']; rule: 'ceiling' | 'smallest' }[] = [
    { optimizer: {}, rule: 'ceiling' },
    { optimizer: { solver: 'auto' }, rule: 'ceiling' },
    { optimizer: { unlimited: true }, rule: 'ceiling' },
    { optimizer: { maxBatch: 'smallest' }, rule: 'smallest' },
    { optimizer: { solver: 'unlimited', maxBatch: 'smallest' }, rule: 'smallest' },
    { optimizer: { solver: 'greedy', maxBatch: 'smallest' }, rule: 'smallest' },
    { optimizer: { solver: 'auto', maxBatch: 'ceiling' }, rule: 'ceiling' },
  ];
  for (const { optimizer = {}, rule } of cases) {
    it(`is ${rule} with ${JSON.stringify(optimizer)}`, () => {
      const { maxBatch } = onA100({}, { optimizer }).allocations['s']!;
      if (rule === 'ceiling') expect(maxBatch).to.equal(200);
      else expect(maxBatch).to.be.within(30, 100);
    });
  }

  it('leaves what a server asks for, and then what the service has as default', () => {
    expect(onA100({ maxBatchSize: 150 }).allocations['s']).to.include({ maxBatch: 150 });
    const system = buildSystem({ models, servers: [server('asks', { maxBatchSize: 7 }), server('does-not')] });
    const { allocations } = optimize(system, { ...options, defaultMaxBatchSize: 11 });
    expect(allocations['asks']).to.include({ maxBatch: 7 });
    expect(allocations['does-not']).to.include({ maxBatch: 11 });
  });
});

describe('a change of max batch', () => {
  const best = onA100({}).allocations['s']!;
  const runs = (numReplicas: number, maxBatch: number) => ({ runs: { accelerator: 'A100', numReplicas, maxBatch } });

  it('is not made where the running one does with the same replicas, larger or smaller, at no price', () => {
    for (const maxBatch of [best.maxBatch + 1, best.maxBatch + 40, best.maxBatch + 200]) {
      const decision = onA100(runs(best.numReplicas, maxBatch));
      expect(decision.allocations['s']).to.include({ maxBatch, numReplicas: best.numReplicas });
      expect(decision.solver.objective).to.equal(0);
      expect(reasonOf(decision)).to.contain(`max batch kept at ${maxBatch}: ${best.maxBatch} would save nothing`);
    }
    expect(onA100({ rpm: 100, ...runs(1, 20) }).allocations['s']).to.include({ maxBatch: 20, numReplicas: 1 });
  });

  it('is made where it saves more than it weighs', () => {
    const decision = onA100(runs(best.numReplicas, 8));
    const kept = onA100({ ...runs(best.numReplicas, 8), keepMaxBatch: true }).allocations['s']!;
    expect(decision.allocations['s']).to.include({ maxBatch: best.maxBatch, numReplicas: best.numReplicas });
    expect(reasonOf(decision)).to.contain(
      `max batch 8 → ${best.maxBatch}: saves ${kept.numReplicas - best.numReplicas} replicas`,
    );
    // Both sides run for a while: 0.05 of what runs and of what comes.
    expect(decision.solver.objective).to.be.closeTo(0.05 * (best.cost! + best.cost!), 1e-9);
  });

  it('is not made where it saves less than it weighs', () => {
    const many = { rpm: 15_000 };
    const wanted = onA100(many).allocations['s']!;
    const slightlySmaller = wanted.maxBatch - 2;
    const kept = onA100({ ...many, ...runs(wanted.numReplicas + 1, slightlySmaller), keepMaxBatch: true }).allocations['s']!;
    expect(kept.numReplicas).to.be.above(wanted.numReplicas);
    const decision = onA100({ ...many, ...runs(kept.numReplicas, slightlySmaller) });
    expect(decision.allocations['s']).to.include({ maxBatch: slightlySmaller, numReplicas: kept.numReplicas });
    expect(reasonOf(decision)).to.match(/max batch kept at \d+: \d+ would save \d+ replicas?, not worth the change$/);
  });

  it('is made with keepMaxBatch false, whatever it saves', () => {
    const decision = onA100({ ...runs(best.numReplicas, best.maxBatch + 40), keepMaxBatch: false });
    expect(decision.allocations['s']).to.include({ maxBatch: best.maxBatch, numReplicas: best.numReplicas });
  });

  it('is made without regard to its weight where the running one misses a target', () => {
    const chunks = { avgInTokens: 6000, avgOutTokens: 20, arrivalRate: 60 };
    const classes = [serviceClass('Premium', 1, { itl: 400, ttft: 700 })];
    const free = onA100({ load: chunks }, { classes });
    const { maxBatch } = free.allocations['s']!;
    expect(maxBatch).to.be.above(1);
    const decision = onA100({ load: chunks, ...runs(1, maxBatch) }, { classes });
    expect(decision.allocations['s']).to.include({ maxBatch });
  });

  it('comes in place of a move that would cost more', () => {
    const decision = decide(runs(best.numReplicas, 8));
    expect(decision.allocations['s']).to.include({ accelerator: 'A100', maxBatch: best.maxBatch });
  });

  it('is made where there are no cards for the replicas that the running one needs', () => {
    const many = { rpm: 15_000 };
    const wanted = onA100(many).allocations['s']!;
    const running = runs(wanted.numReplicas, wanted.maxBatch - 2);
    const cards = { A100: wanted.numReplicas, H100: 0 };
    const decision = onA100({ ...many, ...running }, { cards, optimizer: { maxBatch: 'smallest' } });
    expect(decision.allocations['s']).to.include({ maxBatch: wanted.maxBatch, numReplicas: wanted.numReplicas });
    expect(decision.explanations['s']!.outcome).to.equal('allocated');
    expect(reasonOf(decision)).to.contain(`max batch ${wanted.maxBatch - 2} → ${wanted.maxBatch}: saves`);
  });

  it('costs nothing where no pods run, or nobody knows with what', () => {
    for (const { numReplicas, maxBatch } of [
      { numReplicas: 0, maxBatch: 8 },
      { numReplicas: 3, maxBatch: 0 },
    ]) {
      const decision = onA100(runs(numReplicas, maxBatch));
      expect(decision.allocations['s']).to.include({ maxBatch: best.maxBatch });
      expect(reasonOf(decision)).not.to.contain('max batch');
    }
  });

  it('law: what is chosen meets the targets with its own max batch, and what is carried out settles', () => {
    const aServer = fc.record({
      rpm: fc.integer({ min: 1, max: 20_000 }),
      tokens: fc.record({ avgInTokens: fc.integer({ min: 0, max: 6000 }), avgOutTokens: fc.integer({ min: 100, max: 2000 }) }),
      running: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.nat(400)),
      numReplicas: fc.nat(30),
      on: fc.constantFrom('A100', 'H100'),
      itl: fc.integer({ min: 15, max: 200 }),
      ttft: fc.integer({ min: 200, max: 5000 }),
    });
    let changed = 0;
    let kept = 0;
    fc.assert(
      fc.property(aServer, ({ rpm, tokens, running, numReplicas, on, itl, ttft }) => {
        const at = (parts: ServerParts): Decision => {
          const load = { arrivalRate: rpm, ...tokens };
          const classes = [serviceClass('Premium', 1, { itl, ttft })];
          const accelerators = [accelerator('A100', 40), accelerator('H100', 75)];
          return decide({ load, ...parts }, { classes, accelerators });
        };
        const decision = at({ runs: { accelerator: on, numReplicas, maxBatch: running } });
        const answer = decision.allocations['s'];
        if (answer === undefined) return;
        expect(answer.itlAverage).to.be.at.most(itl * (1 + 1e-6));
        expect(answer.ttftAverage).to.be.at.most(ttft * (1 + 1e-6));

        // Shedding replicas may come first, and make the change worth its weight; then there is nothing left to do.
        const next = at({ runs: answer, keepAccelerator: true }).allocations['s']!;
        const settled = at({ runs: next, keepAccelerator: true }).allocations['s'];
        expect(settled).to.include({ numReplicas: next.numReplicas, maxBatch: next.maxBatch });
        if (answer.accelerator !== on || numReplicas === 0 || running === 0) return;
        if (answer.maxBatch === running) kept++;
        else changed++;
      }),
      { numRuns: 200, endOnFailure: true },
    );
    expect(changed, 'changes').to.be.above(5);
    expect(kept, 'kept').to.be.above(5);
  });
});
