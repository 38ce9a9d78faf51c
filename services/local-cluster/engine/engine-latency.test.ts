import { expect } from 'chai';
import { type EngineCosts, iterationCosts, linearCosts } from './costs.js';
import { Engine } from './engine.js';
import type { EngineOptions } from './engine-types.js';
import { advanceUnderLoad } from './feed.js';
import { PoissonLoad } from './poisson-load.js';

const ITERATION = { alpha: 20.58, beta: 0.041, gamma: 0.00128125 };
const LINEAR = { decodeParms: { alpha: 20.58, beta: 0.41 }, prefillParms: { gamma: 164.64, delta: 0.0128125 } };
const NS_PER_MS = 1e6;

interface Figures {
  ttftMs: number;
  /** Mean time per output token of a request, averaged over requests. */
  itlMs: number;
  queueMs: number;
  preemptions: number;
}

function lone(options: Partial<EngineOptions> & { costs: EngineCosts }, promptTokens: number, outputTokens: number): Figures {
  return measure(options, (engine) => {
    engine.submit({ id: 0, promptTokens, outputTokens }, 0);
    engine.advance(1e13);
  });
}

function underLoad(
  options: Partial<EngineOptions> & { costs: EngineCosts },
  arrivalRatePerMin: number,
  tokens = [512, 128],
): Figures {
  return measure(options, (engine) => {
    const load = new PoissonLoad({ seed: 11, maxTokens: 1e5, tokenSigma: 0 });
    load.setLoad({ arrivalRatePerMin, avgInTokens: tokens[0]!, avgOutTokens: tokens[1]! }, 0);
    advanceUnderLoad(engine, load, 3_600_000 * NS_PER_MS, () => 0);
  });
}

function measure(options: Partial<EngineOptions> & { costs: EngineCosts }, drive: (engine: Engine) => void): Figures {
  const sum = { count: 0, ttft: 0, itl: 0, queue: 0, preemptions: 0 };
  const engine = new Engine(
    { maxBatch: 64, kvCapacityTokens: 1_000_000, ...options },
    {
      completed: ({ arrivedNs, startedNs, firstTokenNs, finishedNs, outputTokens, preemptions }) => {
        sum.count++;
        sum.ttft += firstTokenNs - arrivedNs;
        sum.itl += outputTokens > 1 ? (finishedNs - firstTokenNs) / (outputTokens - 1) : 0;
        sum.queue += startedNs - arrivedNs;
        sum.preemptions += preemptions;
      },
    },
  );
  drive(engine);
  const mean = (total: number): number => total / sum.count / NS_PER_MS;
  return { ttftMs: mean(sum.ttft), itlMs: mean(sum.itl), queueMs: mean(sum.queue), preemptions: sum.preemptions };
}

describe('engine latencies, family iteration', () => {
  const costs = iterationCosts(ITERATION);

  it('lone request: TTFT is one prefill iteration, ITL is α + β + γ·(mean KV)', () => {
    const { ttftMs, itlMs, queueMs } = lone({ costs }, 512, 101);
    expect(queueMs).to.equal(0);
    expect(ttftMs).to.be.closeTo(20.58 + 0.041 * 512 + 0.00128125 * 512, 1e-6);
    // 100 decodes read 513, 514, …, 612 tokens: 562.5 on average.
    expect(itlMs).to.be.closeTo(20.58 + 0.041 + 0.00128125 * 562.5, 1e-4);
  });

  it('prompt over the token budget: prefilled in chunks, each reading the KV so far', () => {
    const { ttftMs } = lone({ costs }, 20_000, 1);
    const kvRead = 8192 + 16_384 + 20_000;
    expect(ttftMs).to.be.closeTo(3 * 20.58 + 0.041 * 20_000 + 0.00128125 * kvRead, 1e-5);
  });

  it('error factor: everything takes that much longer', () => {
    const [told, real] = [lone({ costs }, 512, 64), lone({ costs: iterationCosts(ITERATION, 1.25) }, 512, 64)];
    expect(real.ttftMs / told.ttftMs).to.be.closeTo(1.25, 1e-6);
    expect(real.itlMs / told.itlMs).to.be.closeTo(1.25, 1e-4);
  });

  it('noise: moves single batches and hardly the mean', () => {
    const quiet = underLoad({ costs }, 120);
    const noisy = underLoad({ costs, noise: 0.2, seed: 3 }, 120);
    expect(noisy.itlMs).not.to.equal(quiet.itlMs);
    expect(noisy.itlMs / quiet.itlMs).to.be.closeTo(1, 0.02);
  });

  it('prefix cache: found tokens are not computed, from the second prompt on and not after a reset', () => {
    const ttftsMs: number[] = [];
    const engine = new Engine(
      { costs, maxBatch: 8, kvCapacityTokens: 10_000, prefixHitRate: 0.75 },
      { completed: ({ arrivedNs, firstTokenNs }) => ttftsMs.push((firstTokenNs - arrivedNs) / NS_PER_MS) },
    );
    for (let id = 0; id < 3; id++) {
      if (id === 2) engine.resetPrefixCache();
      engine.submit({ id, promptTokens: 1000, outputTokens: 1 }, engine.nowNs);
      engine.advance(engine.nowNs + 1e9);
    }
    const cold = 20.58 + 0.041 * 1000 + 0.00128125 * 1000;
    [cold, cold - 0.041 * 750, cold].forEach((expected, i) => expect(ttftsMs[i]).to.be.closeTo(expected, 1e-5));
    expect(engine.counters()).to.include({ prefixQueries: 3000, prefixHits: 750 });
  });

  it('low load: TTFT and ITL are near those of a lone request', () => {
    const [low, alone] = [underLoad({ costs }, 6), lone({ costs }, 512, 128)];
    expect(low.ttftMs / alone.ttftMs).to.be.within(1, 1.15);
    expect(low.itlMs / alone.itlMs).to.be.within(1, 1.15);
  });

  it('more load: never faster, and waiting once the batch is full', () => {
    const rates = [6, 60, 120, 240, 600];
    const figures = rates.map((rate) => underLoad({ costs, maxBatch: 32 }, rate));
    for (let i = 1; i < rates.length; i++) {
      expect(figures[i]!.ttftMs, `TTFT at ${rates[i]!}/min`).to.be.above(figures[i - 1]!.ttftMs);
      expect(figures[i]!.itlMs, `ITL at ${rates[i]!}/min`).to.be.above(figures[i - 1]!.itlMs);
    }
    expect(figures.at(-1)!.queueMs).to.be.above(100 * figures[0]!.queueMs);
  });

  it('steady batch of n: a request stays about (c + m − 1)·T(n), the queueing model with the first token from the prefill', () => {
    const [n, k, m] = [16, 512, 64];
    const { alpha, beta, gamma } = ITERATION;
    // One chunk: the work of one request is its prompt and m − 1 decodes, which read k + 1, …, k + m − 1 tokens.
    const workMs = (beta + gamma) * k + (m - 1) * (beta + gamma * (k + m / 2));
    expect(stayInBatchOf(n, k, m, costs) / (m * alpha + n * workMs)).to.be.within(0.97, 1.03);
  });

  it('KV cache too small for the batch: preempts, and all is slower', () => {
    const roomy = underLoad({ costs }, 400);
    const tight = underLoad({ costs, kvCapacityTokens: 6000 }, 400);
    expect(roomy.preemptions).to.equal(0);
    expect(tight.preemptions).to.be.above(0);
    expect(tight.ttftMs).to.be.above(roomy.ttftMs);
  });
});

describe('engine latencies, family linear', () => {
  const costs = linearCosts(LINEAR);

  it('lone request: TTFT is γ + δ·k, ITL is α + β', () => {
    const { ttftMs, itlMs } = lone({ costs }, 512, 128);
    expect(ttftMs).to.be.closeTo(164.64 + 0.0128125 * 512, 1e-6);
    expect(itlMs).to.be.closeTo(20.58 + 0.41, 1e-6);
  });

  it('steady batch of n: a request stays about S(n) = γ + δ·k·n + (m−1)(α + β·n)', () => {
    const [n, k, m] = [16, 512, 64];
    const { decodeParms, prefillParms } = LINEAR;
    const expectedMs = prefillParms.gamma + prefillParms.delta * k * n + (m - 1) * (decodeParms.alpha + decodeParms.beta * n);
    expect(stayInBatchOf(n, k, m, costs) / expectedMs).to.be.within(0.97, 1.03);
  });
});

/** Mean stay in ms in a closed loop of n: whoever finishes is replaced at once. */
function stayInBatchOf(n: number, promptTokens: number, outputTokens: number, costs: EngineCosts): number {
  let active = 0;
  const staysMs: number[] = [];
  const engine = new Engine(
    { costs, maxBatch: n, kvCapacityTokens: 1_000_000 },
    {
      completed: ({ startedNs, finishedNs }) => {
        active--;
        staysMs.push((finishedNs - startedNs) / NS_PER_MS);
      },
    },
  );
  for (let id = 0; staysMs.length < 2000; id++) {
    engine.submit({ id, promptTokens, outputTokens }, engine.nowNs);
    active++;
    // The first n start far apart, so that their prompts do not come together for ever.
    if (active < n) engine.advance(engine.nowNs + 100 * NS_PER_MS);
    else while (active >= n) engine.advance(engine.nowNs + NS_PER_MS);
  }
  const settled = staysMs.slice(200);
  return settled.reduce((a, b) => a + b, 0) / settled.length;
}

describe('engine, bad input', () => {
  const options = { costs: iterationCosts(ITERATION), maxBatch: 4, kvCapacityTokens: 100 };
  const sink = { completed: () => undefined };
  const cases: [string, () => unknown, string][] = [
    ['a batch of none', () => new Engine({ ...options, maxBatch: 0 }, sink), 'maxBatch must be an integer in [1, 2^31), got 0'],
    ['half a token of KV', () => new Engine({ ...options, kvCapacityTokens: 0.5 }, sink), 'kvCapacityTokens'],
    ['a hit rate of 1', () => new Engine({ ...options, prefixHitRate: 1 }, sink), 'prefixHitRate must be in [0, 1), got 1'],
    ['noise of NaN', () => new Engine({ ...options, noise: Number.NaN }, sink), 'noise must be in [0, 1), got NaN'],
    ['a seed that is no integer', () => new Engine({ ...options, seed: 0.1 }, sink), 'seed must be an integer'],
    ['a negative parameter', () => iterationCosts({ ...ITERATION, beta: -1 }), 'beta must be a number ≥ 0 (ms), got -1'],
    ['an error factor of 0', () => iterationCosts(ITERATION, 0), 'errorFactor must be a positive number, got 0'],
    ['a request without a prompt', () => submit({ promptTokens: 0 }), 'promptTokens must be an integer'],
    ['a request that can never fit', () => submit({ outputTokens: 100 }), 'must fit the KV cache of 100 tokens, got 110'],
    ['an arrival in the past', () => submit({}, 4), 'atNs must be an integer not before 5, got 4'],
    ['time running backwards', () => advanced().advance(4), 'toNs must be an integer not before 5, got 4'],
  ];
  function advanced(): Engine {
    const engine = new Engine(options, sink);
    engine.advance(5);
    return engine;
  }
  function submit(change: object, atNs = 5): number {
    return advanced().submit({ id: 0, promptTokens: 10, outputTokens: 10, ...change }, atNs);
  }
  for (const [name, act, message] of cases)
    it(`refuses ${name}, saying so`, () => {
      expect(act).to.throw(RangeError, message);
    });

  it('ignores the abort of a request that is gone', () => {
    const engine = advanced();
    const ticket = engine.submit({ id: 0, promptTokens: 10, outputTokens: 10 }, 5);
    engine.advance(6);
    engine.abort(ticket);
    engine.abort(ticket);
    engine.advance(1e12);
    engine.abort(ticket);
    expect(engine.counters()).to.include({ running: 0, kvTokens: 0 });
  });
});
