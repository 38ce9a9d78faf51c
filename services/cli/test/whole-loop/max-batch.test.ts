import { expect } from 'chai';
import fc from 'fast-check';
import { loadDataFiles } from '#shared/contracts/load-data-files.js';
import type { ServerSpec } from '#shared/contracts/system-data.js';
import { decide } from '../../../controller/core/decide.js';
import type { ControllerData } from '../../../controller/core/facts.js';
import { NO_STATE } from '../../../controller/core/guard-memory.js';
import { collected, guardConfig, server } from '../../../controller/test/support/fleet.js';
import { answer, conclusionOf, VirtualLoop, type Running, type VirtualLoopOptions } from './virtual-loop.js';

const names = ['acceleratorData', 'capacityData', 'modelData', 'serviceClassData', 'optimizerData'] as const;
const config = { ...guardConfig, scaleDownMargin: 0.1 };
const TTFT_MS = 1000;

let data: ControllerData;

before(async () => {
  data = (await loadDataFiles('sample-data/large', names)).value;
});

describe('The loop in virtual time, with requests that are shorter than the max batch was set for', () => {
  // Set for 512 output tokens; at 200 the best one is 71.
  const runs = { accelerator: 'G2', numReplicas: 1, maxBatch: 28 };
  const longer = { arrivalRatePerMin: 30, avgInTokens: 128, avgOutTokens: 512 };
  const shorter = { arrivalRatePerMin: 170, avgInTokens: 166, avgOutTokens: 200 };
  const COOLDOWN_SEC = config.cooldownMs / 1000;
  const start = (overrides: Partial<VirtualLoopOptions> = {}) =>
    new VirtualLoop({
      ...{ data, config, model: 'granite_34b', serviceClass: 'Premium', runs },
      ...{ periodSec: 30, measuringSec: 60, startupSec: 20 },
      ...overrides,
    });

  it('one replica misses the SLO by far with the max batch that runs, and meets it with the best one', () => {
    const ttftMs = [28, 71].map((maxBatch) => {
      const alone = start({ runs: { ...runs, maxBatch } });
      alone.offer(shorter);
      alone.run(600, false);
      return alone.meanTtftMs(300);
    });
    expect(ttftMs[0]).to.be.above(10 * TTFT_MS);
    expect(ttftMs[1]).to.be.below(TTFT_MS);
  });

  it('meets it with what runs for as long as the cooldown forbids a better one; then fewer replicas do', () => {
    const loop = start({ changedAtSec: 0 });
    loop.offer(longer);
    loop.run(30);
    loop.offer(shorter);
    loop.run(120);
    while (loop.nowSec + 30 < COOLDOWN_SEC) {
      loop.run(30);
      expect(loop.asked, `${loop.nowSec} s`).to.include({ accelerator: 'G2', maxBatch: 28 });
      expect(loop.asked.numReplicas).to.be.at.least(2);
      expect(loop.meanTtftMs(30), `${loop.nowSec} s`).to.be.below(TTFT_MS);
    }
    for (let minute = 0; minute < 30; minute++) {
      loop.run(60);
      expect(loop.meanTtftMs(60), `${loop.nowSec} s`).to.be.below(TTFT_MS);
    }
    expect(loop.asked).to.include({ accelerator: 'G2', numReplicas: 1 });
    expect(loop.asked.maxBatch).to.be.within(60, 80);
  });
});

describe('The controller with the real optimizer', () => {
  interface Load {
    rate: number;
    inTokens: number;
    outTokens: number;
  }

  const aLoad = fc.record({
    rate: fc.integer({ min: 1, max: 3000 }),
    inTokens: fc.integer({ min: 1, max: 1000 }),
    outTokens: fc.integer({ min: 20, max: 1000 }),
  });
  const aStory = fc.record({
    serviceClass: fc.constantFrom('Premium', 'Bronze', 'Free'),
    model: fc.constantFrom('granite_34b', 'llama_70b', 'granite_13b'),
    runs: fc.record({
      accelerator: fc.constantFrom('A100', 'G2', 'H100', 'MI300X'),
      numReplicas: fc.integer({ min: 0, max: 12 }),
      maxBatch: fc.integer({ min: 0, max: 300 }),
    }),
    maximum: fc.constantFrom(undefined, undefined, 3, 8),
    changedAt: fc.constantFrom(undefined, 0, 900_000),
    loads: fc.array(aLoad, { minLength: 1, maxLength: 3 }).chain((loads) =>
      // Each lasts for a while, so that what waits for a window comes to its turn.
      fc.constant(loads.flatMap((load) => [load, load, load])),
    ),
  });
  type Story = typeof aStory extends fc.Arbitrary<infer T> ? T : never;
  const few: Load = { rate: 4, inTokens: 382, outTokens: 947 };
  const many: Load = { rate: 1881, inTokens: 15, outTokens: 857 };
  /** Carried by all cards of a type with a max batch of 14; with the 12 that run all of them are not enough. */
  const asManyAsThereAre: Story = {
    ...{ serviceClass: 'Bronze', model: 'llama_70b', runs: { accelerator: 'A100', numReplicas: 0, maxBatch: 0 } },
    ...{ maximum: undefined, changedAt: undefined, loads: [few, few, few, many, many, many] },
  };

  it('law: what it plans meets the targets at the very max batch that is planned, wherever anything does', () => {
    let judged = 0;
    let changes = 0;
    fc.assert(
      fc.property(aStory, (story) => {
        let { runs }: { runs: Running } = story;
        let state = NO_STATE;
        story.loads.forEach((load, cycle) => {
          const fleet = seen(story, runs, load);
          const decision = conclusionOf(decide({ collected: fleet, data, config, state, nowMs: 1_000_000 + cycle * 60_000 }));
          ({ state } = decision);
          const { planned, verdict } = decision.servers['s']!;
          const best = sizedFor(story, { ...runs, numReplicas: 1 }, load, {});
          if (best.outcome === 'allocated' && runs.maxBatch > 0 && verdict.hold !== 'cards') {
            const { itl, ttft } = exactly(story, planned, load);
            const { targets } = decision.servers['s']!;
            const text = `${verdict.reason}: ${JSON.stringify(planned)} of ${JSON.stringify(runs)} at ${JSON.stringify(load)}`;
            expect(itl, text).to.be.at.most(targets!.itl * (1 + 1e-6));
            expect(ttft, text).to.be.at.most(targets!.ttft * (1 + 1e-6));
            judged++;
          }
          if (planned.maxBatch !== runs.maxBatch && planned.accelerator === runs.accelerator) changes++;
          runs = planned;
        });
      }),
      { numRuns: 200, examples: [[asManyAsThereAre]] },
    );
    expect(judged).to.be.above(300);
    expect(changes, 'changes of max batch').to.be.above(10);
  });

  function seen({ serviceClass, model, maximum, changedAt }: Story, runs: Running, { rate, inTokens, outTokens }: Load) {
    const { accelerator, numReplicas, maxBatch } = runs;
    const item = server('s', {
      ...{ class: serviceClass, model, accelerator, replicas: numReplicas, maxBatch, rate, outTokens },
      ...{ itl: 'not measured', ttft: 'not measured' },
      spec: maximum === undefined ? {} : { maxNumReplicas: maximum },
      status: changedAt === undefined ? {} : { acceleratorChangedAt: changedAt },
    });
    const fleet = collected([item]);
    fleet.readings['s'] = { ...fleet.readings['s']!, avgInTokens: { value: inTokens, at: 0, source: 'scrape' } };
    return fleet;
  }

  function sizedFor(
    { serviceClass, model, maximum, changedAt }: Story,
    runs: Running,
    { rate, inTokens, outTokens }: Load,
    parts: Partial<ServerSpec>,
  ) {
    const load = { arrivalRate: rate, avgInTokens: inTokens, avgOutTokens: outTokens };
    const currentAlloc = { ...runs, cost: 0, itlAverage: 0, ttftAverage: 0, load };
    const isBound = changedAt === 900_000;
    const spec: ServerSpec = { name: 's', class: serviceClass, model, keepAccelerator: isBound, minNumReplicas: 1, currentAlloc };
    if (maximum !== undefined) spec.maxNumReplicas = maximum;
    const servers = [{ ...spec, ...parts }];
    // Max batches that are not given are what the KV cache holds.
    const optimizerData = { optimizer: { ...data.optimizerData.optimizer, maxBatch: 'ceiling' as const } };
    const reply = answer({ system: { ...data, optimizerData, serverData: { servers } } });
    return { outcome: reply.explanations['s']!.outcome, allocation: reply.allocations['s'] };
  }

  /** The model at the max batch of a placement; of more slots than its KV cache holds requests the rest stays empty. */
  function exactly(story: Story, { accelerator, numReplicas, maxBatch }: Running, load: Load): { itl: number; ttft: number } {
    const nothing = { accelerator: '', numReplicas: 0, maxBatch: 0 };
    const pin = { accelerator, numReplicas, reason: 'test' };
    const best = sizedFor(story, nothing, load, { pin }).allocation!.maxBatch;
    const slots = maxBatch === 0 ? best : Math.min(best, maxBatch);
    const { itlAverage, ttftAverage } = sizedFor(story, nothing, load, { pin, maxBatchSize: slots }).allocation!;
    return { itl: itlAverage!, ttft: ttftAverage! };
  }
});
