import { expect } from 'chai';
import fc from 'fast-check';
import { type EngineCosts, iterationCosts, linearCosts } from './costs.js';
import { Engine } from './engine.js';
import type { Completion, EngineOptions, EngineSink, SimulatedEngine } from './engine-types.js';
import { NaiveEngine } from './naive-engine.js';
import { PoissonLoad } from './poisson-load.js';

type EngineClass = new (options: EngineOptions, sink: EngineSink) => SimulatedEngine;

interface Arrival {
  atNs: number;
  promptTokens: number;
  outputTokens: number;
  /** Client gone at this time. */
  abortAtNs?: number | undefined;
}

interface Outcome {
  completions: Completion[];
  firstTokens: [number, number, number][];
  /** Tokens per inter-token latency. */
  latencies: Map<number, number>;
  counters: ReturnType<SimulatedEngine['counters']>;
  nextNs: number;
  samples: unknown[];
}

/** Runs the arrivals, each handed in at once when `ahead` is false and before its time otherwise, stopping at `cutsNs` on the way. */
function play(Class: EngineClass, options: EngineOptions, arrivals: Arrival[], cutsNs: number[], untilNs: number): Outcome {
  const completions: Completion[] = [];
  const firstTokens: [number, number, number][] = [];
  const latencies = new Map<number, number>();
  const samples: unknown[] = [];
  const gone = new Set<number>();
  const engine = new Class(options, {
    completed: (completion) => {
      gone.add(completion.id);
      const { id, arrivedNs, startedNs, firstTokenNs, finishedNs, promptTokens, outputTokens, preemptions } = completion;
      completions.push({ id, arrivedNs, startedNs, firstTokenNs, finishedNs, promptTokens, outputTokens, preemptions });
    },
    firstToken: (id, arrivedNs, atNs) => firstTokens.push([id, arrivedNs, atNs]),
    decoded: (sequences, iterations, firstNs, stepNs) => {
      for (let i = 0; i < iterations; i++) {
        const key = firstNs + i * stepNs;
        latencies.set(key, (latencies.get(key) ?? 0) + sequences);
      }
    },
  });
  const tickets = arrivals.map((arrival, id) => engine.submit({ id, ...arrival }, arrival.atNs));
  const aborts = arrivals.flatMap(({ abortAtNs }, id) => (abortAtNs === undefined ? [] : [{ atNs: abortAtNs, id }]));
  const stops = [...cutsNs.map((atNs) => ({ atNs, id: -1 })), ...aborts].sort((a, b) => a.atNs - b.atNs || a.id - b.id);
  for (const { atNs, id } of stops) {
    engine.advance(atNs);
    if (id < 0) {
      const alive = tickets.filter((_, index) => !gone.has(index));
      samples.push({ ...engine.counters(), generated: alive.map((ticket) => engine.generated(ticket)) });
    } else if (!gone.has(id)) {
      gone.add(id);
      engine.abort(tickets[id]!);
    }
  }
  const nextNs = engine.advance(untilNs);
  const order = (a: Completion, b: Completion): number => a.finishedNs - b.finishedNs || a.id - b.id;
  return {
    completions: completions.sort(order),
    firstTokens: firstTokens.sort((a, b) => a[2] - b[2] || a[0] - b[0]),
    latencies: new Map([...latencies].sort((a, b) => a[0] - b[0])),
    counters: engine.counters(),
    nextNs,
    samples,
  };
}

const A100 = { alpha: 20.58, beta: 0.041, gamma: 0.00128125 };
const A100_LINEAR = { decodeParms: { alpha: 20.58, beta: 0.41 }, prefillParms: { gamma: 164.64, delta: 0.0128125 } };

const costsArbitrary: fc.Arbitrary<EngineCosts> = fc.oneof(
  fc.constant(iterationCosts(A100)),
  fc.constant(linearCosts(A100_LINEAR)),
  // Small integers make ties between arrivals, aborts, cuts and boundaries frequent.
  fc
    .record({
      alpha: fc.integer({ min: 0, max: 5 }),
      beta: fc.integer({ min: 0, max: 3 }),
      gamma: fc.integer({ min: 0, max: 2 }),
    })
    .map(({ alpha, beta, gamma }) => iterationCosts({ alpha: alpha * 1e-6, beta: beta * 1e-6, gamma: gamma * 1e-6 })),
  fc
    .record({ alpha: fc.integer({ min: 0, max: 5 }), gamma: fc.integer({ min: 0, max: 30 }) })
    .map(({ alpha, gamma }) =>
      linearCosts({ decodeParms: { alpha: alpha * 1e-6, beta: 1e-6 }, prefillParms: { gamma: gamma * 1e-6, delta: 1e-6 } }),
    ),
);

const scenarioArbitrary = fc
  .record({
    costs: costsArbitrary,
    maxBatch: fc.integer({ min: 1, max: 6 }),
    kvCapacityTokens: fc.integer({ min: 60, max: 400 }),
    tokenBudget: fc.integer({ min: 4, max: 64 }),
    prefixHitRate: fc.constantFrom(0, 0, 0.3, 0.99),
    noise: fc.constantFrom(0, 0, 0.2),
    seed: fc.integer(),
    arrivals: fc.array(
      fc.record({
        gap: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 })),
        promptTokens: fc.integer({ min: 1, max: 40 }),
        outputTokens: fc.integer({ min: 1, max: 20 }),
        abortAfter: fc.option(fc.integer({ min: 0, max: 400 }), { nil: undefined, freq: 4 }),
      }),
      { maxLength: 25 },
    ),
    cuts: fc.array(fc.integer({ min: 0, max: 1500 }), { maxLength: 30 }),
  })
  .map(({ arrivals, cuts, ...options }) => {
    // The gaps are in units of this server's own pace, so that batches of every size come about.
    const unitNs = Math.max(1, Math.round(options.costs.decodeBaseNs / 5));
    let atNs = 0;
    return {
      options: options satisfies EngineOptions,
      cutsNs: cuts.map((cut) => cut * unitNs),
      arrivals: arrivals.map(({ gap, promptTokens, outputTokens, abortAfter }) => {
        atNs += gap * unitNs;
        const abortAtNs = abortAfter === undefined ? undefined : atNs + abortAfter * unitNs;
        return { atNs, promptTokens, outputTokens, abortAtNs };
      }),
    };
  });

const FOREVER_NS = 1e15;

describe('Engine', () => {
  it('gives exactly what the naive twin gives, event for event and nanosecond for nanosecond', () => {
    fc.assert(
      fc.property(scenarioArbitrary, ({ options, arrivals, cutsNs }) => {
        const engine = play(Engine, options, arrivals, cutsNs, FOREVER_NS);
        expect(engine).to.deep.equal(play(NaiveEngine, options, arrivals, cutsNs, FOREVER_NS));
      }),
      { numRuns: 1500 },
    );
  });

  for (const [name, costs, load, kvCapacityTokens] of [
    ['chat', iterationCosts(A100), [280, 512, 128], 1_000_000],
    ['prompts of several chunks', iterationCosts(A100), [20, 20_000, 128], 1_000_000],
    ['KV cache too small', iterationCosts(A100), [280, 512, 128], 12_000],
    ['the linear family', linearCosts(A100_LINEAR), [280, 512, 128], 20_000],
  ] as const)
    it(`gives exactly what the naive twin gives under a realistic load: ${name}`, () => {
      const source = new PoissonLoad({ seed: 3, maxTokens: 1e5 });
      source.setLoad({ arrivalRatePerMin: load[0], avgInTokens: load[1], avgOutTokens: load[2] }, 0);
      const arrivals = Array.from({ length: 400 }, () => {
        const { nextAtNs, promptTokens, outputTokens } = source;
        source.take();
        return { atNs: nextAtNs, promptTokens, outputTokens: Math.min(outputTokens, kvCapacityTokens - promptTokens) };
      });
      const options = { costs, maxBatch: 64, kvCapacityTokens, noise: 0.05, seed: 9 };
      const engine = play(Engine, options, arrivals, [], FOREVER_NS);
      expect(engine).to.deep.equal(play(NaiveEngine, options, arrivals, [], FOREVER_NS));
      expect(engine.completions).to.have.length(400);
    });

  it('gives the same wherever time is cut', () => {
    fc.assert(
      fc.property(scenarioArbitrary, ({ options, arrivals, cutsNs }) => {
        const whole = play(Engine, options, arrivals, [], FOREVER_NS);
        expect({ ...play(Engine, options, arrivals, cutsNs, FOREVER_NS), samples: [] }).to.deep.equal(whole);
      }),
      { numRuns: 500 },
    );
  });

  it('completes every request that nobody aborts, never holds more KV or sequences than there is room for, and ends empty', () => {
    fc.assert(
      fc.property(scenarioArbitrary, ({ options, arrivals, cutsNs }) => {
        const { completions, counters, samples, nextNs } = play(Engine, options, arrivals, cutsNs, FOREVER_NS);
        const ids = new Set(completions.map(({ id }) => id));
        arrivals.forEach(({ abortAtNs }, id) => {
          if (abortAtNs === undefined) expect(ids.has(id), `request ${id} completed`).to.equal(true);
        });
        expect(counters).to.include({ running: 0, waiting: 0, kvTokens: 0 });
        expect(nextNs).to.equal(Infinity);
        for (const sample of samples as { kvTokens: number; running: number }[]) {
          expect(sample.kvTokens).to.be.within(0, options.kvCapacityTokens);
          expect(sample.running).to.be.within(0, options.maxBatch);
        }
      }),
      { numRuns: 300 },
    );
  });
});
