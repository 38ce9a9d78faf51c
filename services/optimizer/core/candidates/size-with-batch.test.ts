import { expect } from 'chai';
import fc from 'fast-check';
import { accelerator, buildSystem, model, server, serviceClass, type ServerParts } from '../../test/system-builder.js';
import type { Decision } from '../conclude.js';
import { optimize } from '../optimize.js';

const options = { firstTokenWithPrefill: false };
// The KV cache holds 200 requests of 256 output tokens on A100, and 50 on H100.
const models = [
  model('llama', 'A100', 20, { maxBatchSize: 100, atTokens: 512 }),
  model('llama', 'H100', 10, { maxBatchSize: 25, atTokens: 512 }),
];

function decide(parts: ServerParts): Decision {
  const optimizer = { unlimited: true };
  return optimize(buildSystem({ models, servers: [server('s', { rpm: 1500, ...parts })], optimizer }), options);
}

const on = (decision: Decision, name: string) =>
  decision.explanations['s']!.candidates.find((item) => item.accelerator === name)!;

describe('keepMaxBatch', () => {
  const runs = { accelerator: 'A100', numReplicas: 3, maxBatch: 16 };

  it('sizes the replicas on the accelerator of the server for the max batch that runs, and no others', () => {
    const free = decide({ runs });
    const kept = decide({ runs, keepMaxBatch: true });
    const asked = decide({ runs, maxBatchSize: 16 });
    expect(on(kept, 'A100').numReplicas).to.be.above(on(free, 'A100').numReplicas!);
    expect(on(kept, 'A100').ratePerReplica).to.equal(on(asked, 'A100').ratePerReplica);
    expect(on(kept, 'H100').ratePerReplica).to.equal(on(free, 'H100').ratePerReplica);
    expect(on(kept, 'H100').ratePerReplica).not.to.equal(on(asked, 'H100').ratePerReplica);
  });

  it('answers with the max batch that it was sized for, on either', () => {
    const stays = decide({ runs, keepMaxBatch: true, keepAccelerator: true });
    expect(stays.allocations['s']).to.include({ accelerator: 'A100', maxBatch: 16 });
    const moves = decide({ runs, keepMaxBatch: true, replicaLimits: [{ accelerator: 'A100', numReplicas: 0, reason: 'test' }] });
    expect(moves.allocations['s']).to.include({ accelerator: 'H100', maxBatch: 50 });
  });

  it('counts no more slots than the KV cache holds requests', () => {
    const large = { runs: { ...runs, maxBatch: 1000 }, keepAccelerator: true };
    const kept = decide({ ...large, keepMaxBatch: true });
    expect(kept.allocations['s']).to.include({ maxBatch: 1000 });
    expect(on(kept, 'A100').ratePerReplica).to.equal(on(decide(large), 'A100').ratePerReplica);
    const pinned = decide({ ...large, pin: { accelerator: 'A100', numReplicas: 3, reason: 'test' } });
    expect(on(pinned, 'A100').ratePerReplica).to.equal(on(decide(large), 'A100').ratePerReplica);
  });

  it('means nothing for a server of which no max batch is known', () => {
    const unknown = { runs: { ...runs, maxBatch: 0 } };
    expect(decide({ ...unknown, keepMaxBatch: true })).to.deep.equal(decide(unknown));
  });

  it('law: what it answers meets the targets at the very max batch that it names', () => {
    const aServer = fc.record({
      rpm: fc.double({ min: 1, max: 20_000, noNaN: true }),
      tokens: fc.record({ avgInTokens: fc.integer({ min: 0, max: 4000 }), avgOutTokens: fc.integer({ min: 1, max: 2000 }) }),
      running: fc.integer({ min: 1, max: 400 }),
      on: fc.constantFrom('A100', 'H100'),
      itl: fc.double({ min: 10, max: 200, noNaN: true }),
      ttft: fc.double({ min: 50, max: 5000, noNaN: true }),
    });
    let changed = 0;
    fc.assert(
      fc.property(aServer, ({ rpm, tokens, running, on: placed, itl, ttft }) => {
        const at = (parts: ServerParts) => {
          const load = { arrivalRate: rpm, ...tokens };
          const servers = [server('s', { load, runs: { accelerator: placed, numReplicas: 1, maxBatch: running }, ...parts })];
          const classes = [serviceClass('Premium', 1, { itl, ttft })];
          const accelerators = [accelerator('A100', 40), accelerator('H100', 75)];
          return optimize(buildSystem({ accelerators, models, classes, servers, optimizer: { unlimited: true } }), options);
        };
        const answer = at({ keepMaxBatch: true }).allocations['s'];
        if (answer === undefined) return;
        expect(answer.itlAverage).to.be.at.most(itl * (1 + 1e-6));
        expect(answer.ttftAverage).to.be.at.most(ttft * (1 + 1e-6));
        if (answer.accelerator === placed) expect(answer.maxBatch).to.equal(running);
        const free = at({ pin: { ...answer, reason: 'test' }, runs: { ...answer, maxBatch: 0 } }).allocations['s']!;
        const slots = Math.min(answer.maxBatch, free.maxBatch);
        const exact = at({ maxBatchSize: slots, pin: { ...answer, reason: 'test' }, runs: { ...answer, maxBatch: 0 } });
        expect(exact.allocations['s']).to.include({ ttftAverage: answer.ttftAverage, itlAverage: answer.itlAverage });
        if (free.ttftAverage !== answer.ttftAverage) changed++;
      }),
      { numRuns: 300 },
    );
    expect(changed, 'cases where the best max batch predicts otherwise').to.be.above(5);
  });
});
