import { Worker } from 'node:worker_threads';
import axios from 'axios';
import { expect } from 'chai';
import { optimizeOneResponseSchema, type OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { realClock } from '#shared/clock/real-clock.js';
import { listen } from '#shared/http/listen.js';
import { silentLogger } from '#shared/observe/logger.js';
import { createMetrics } from '#shared/observe/metrics.js';
import { until } from '#shared/testing/until.js';
import { createExactSolver, type ExactSolverOptions } from '../adapters/highs/exact-solver.js';
import { startHighsWorker } from '../adapters/highs/start-worker.js';
import { createApp } from '../app.js';
import { contestedProblem } from '../bench/contested-problem.js';
import { buildSystem, server, serviceClass } from './system-builder.js';

/** A thread that takes a problem and is never heard of again. */
function silentThread(): Worker {
  return new Worker("require('node:worker_threads').parentPort.on('message', () => { for (;;); })", { eval: true });
}

/** 3 × A100 at 40 or 2 × H100 at 75 would serve each server; a premium server that asks last, two that ask first. */
function contested(optimizer: Partial<SystemSpec['optimizerData']['optimizer']>): SystemSpec {
  return buildSystem({
    cards: { A100: 5, H100: 2 },
    classes: [serviceClass('Premium', 1), serviceClass('Free', 9)],
    servers: [server('a', { class: 'Free' }), server('b', { class: 'Free' }), server('z')],
    optimizer: { solver: 'milp', ...optimizer },
  });
}

describe('optimizer over REST, solver milp', () => {
  const http = axios.create({ validateStatus: () => true, proxy: false });
  const closing: (() => Promise<void>)[] = [];

  async function start(options: Partial<ExactSolverOptions> = {}): Promise<void> {
    const exactSolver = createExactSolver({ timeLimitMs: 60_000, relativeGap: 0, clock: realClock, ...options });
    const app = createApp({
      options: { firstTokenWithPrefill: false },
      elapsedMs: () => performance.now(),
      logger: silentLogger,
      registry: createMetrics('optimizer'),
      exactSolver,
    });
    const listening = await listen(app, { host: '127.0.0.1', port: 0, portVariable: 'INFERNO_PORT' });
    http.defaults.baseURL = listening.url;
    closing.push(
      () => listening.close(0),
      () => exactSolver.close(),
    );
  }

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function solve(system: SystemSpec, signal?: AbortSignal): Promise<OptimizeOneResponse> {
    const { status, data } = await http.post<unknown>('/optimizeOne', { system }, signal === undefined ? {} : { signal });
    expect(status).to.equal(200);
    return optimizeOneResponseSchema.parse(data);
  }

  it('proves its answer: who is served, and at what value', async () => {
    await start();
    const answer = await solve(contested({}));
    expect(answer.warnings).to.deep.equal([]);
    expect(answer.solver.name).to.equal('milp');
    expect(answer.counts).to.deep.equal([
      { priority: 1, servers: 1, served: 1, bound: 1 },
      { priority: 9, servers: 2, served: 1, bound: 1 },
    ]);
    expect(answer.solver.objective).to.equal(120 + 150 + 0.1 * 270);
    expect(answer.solver.gap).to.be.within(0, 1e-6);
    expect(answer).not.to.have.property('parts');
  });

  it('serves by parts, with heterogeneous, whom no accelerator has the cards to serve alone', async () => {
    await start();
    const answer = await solve(contested({ heterogeneous: true }));
    expect(answer.counts.map(({ served }) => served)).to.deep.equal([1, 2]);
    expect(Object.keys(answer.parts!)).to.deep.equal(['a', 'b', 'z']);
    // One of each is 115 cents/hr, and there are two pairs; 3 × A100 alone are 120.
    const kinds = Object.values(answer.parts!).map((parts) => parts.map((part) => `${part.numReplicas} × ${part.accelerator}`));
    expect(kinds.sort()).to.deep.equal([['1 × A100', '1 × H100'], ['1 × A100', '1 × H100'], ['3 × A100']]);
    const mixed = Object.entries(answer.parts!).filter(([, parts]) => parts.length > 1);
    for (const [name, parts] of mixed) {
      expect(answer.allocations).not.to.have.property(name);
      expect(parts.reduce((sum, { load }) => sum + load!.arrivalRate!, 0)).to.be.closeTo(600, 1e-6);
      for (const { itlAverage, ttftAverage } of parts) {
        expect(itlAverage).to.be.within(1, 40);
        expect(ttftAverage).to.be.within(1, 1000);
      }
      const { reason, candidates } = answer.explanations[name]!;
      expect(reason).to.equal('1 × A100 + 1 × H100 at 115 cents/hr: the least value that meets its targets');
      expect(candidates.map(({ chosen }) => chosen)).to.deep.equal([true, true]);
    }
    expect(Object.keys(answer.allocations)).to.have.length(1);
    expect(answer.solver.objective).to.be.closeTo(2 * 1.1 * 115 + 1.1 * 120, 1e-9);
    expect(answer.capacity).to.deep.equal({ A100: { total: 5, used: 5 }, H100: { total: 2, used: 2 } });
  });

  describe('beside the solver auto', () => {
    // Few cards that are much sought after: by itself auto serves 3 of the last class where 15 can be.
    const parts = { servers: 70, accelerators: 10, types: 6, supply: 0.2, seed: 1 };
    const scarce = (solver: 'auto' | 'milp'): SystemSpec => {
      const system = contestedProblem(parts, { firstTokenWithPrefill: false });
      return { ...system, optimizerData: { optimizer: { ...system.optimizerData.optimizer, solver } } };
    };
    const served = ({ counts }: OptimizeOneResponse) => counts.map((count) => count.served);

    it('goes on where that leaves open whether more could be served', async () => {
      await start();
      const [auto, milp] = [await solve(scarce('auto')), await solve(scarce('milp'))];
      expect(auto.solver.name).to.equal('auto');
      expect(auto.solver.gap).to.be.within(0, 1e-6);
      expect(auto.counts).to.deep.equal(milp.counts);
      expect(auto.solver.objective).to.be.closeTo(milp.solver.objective, 1e-6 * Math.abs(milp.solver.objective));
    });

    it('is missed where it is not loadable: what auto found stands, and it says so', async () => {
      await start({ startWorker: () => new Worker("throw new Error('no WebAssembly here')", { eval: true }) });
      const { solver, warnings, counts } = await solve(scarce('auto'));
      expect(solver.name).to.equal('auto');
      expect(warnings[0]).to.equal(
        'auto: unproven, and milp does not help: its thread failed: no WebAssembly here; see counts and gap',
      );
      expect(counts.some((count) => count.served < count.bound!)).to.equal(true);
    });

    it('is not asked where that proves its answer itself', async () => {
      let asked = 0;
      await start({
        startWorker: () => {
          asked++;
          return startHighsWorker();
        },
      });
      expect(served(await solve(contested({ solver: 'auto' })))).to.deep.equal([1, 1]);
      expect(asked).to.equal(0);
      await solve(contested({}));
      expect(asked).to.equal(1);
    });
  });

  it('is what milpSolver asks for; CPLEX is not there', async () => {
    await start();
    const { solver, warnings } = await solve(contested({ solver: undefined, milpSolver: true, useCplex: true }));
    expect(solver.name).to.equal('milp');
    expect(warnings).to.deep.equal(['useCplex is not available: HiGHS solves milp']);
  });

  it('answers by auto, and says so, when HiGHS is not loadable', async () => {
    await start({ startWorker: () => new Worker("throw new Error('no WebAssembly here')", { eval: true }) });
    const { solver, warnings, counts } = await solve(contested({}));
    expect(solver.name).to.equal('auto');
    expect(warnings).to.deep.equal(['milp: its thread failed: no WebAssembly here: auto was used']);
    expect(counts.map(({ served }) => served)).to.deep.equal([1, 1]);
  });

  it('answers by auto, and says so, when HiGHS is far over its time', async () => {
    await start({ timeLimitMs: 1, graceMs: 1, startWorker: silentThread });
    const { solver, warnings } = await solve(contested({}));
    expect(solver.name).to.equal('auto');
    expect(warnings).to.deep.equal(['milp: no answer 1 ms after its time: auto was used']);
  });

  it('goes on answering while HiGHS works, and gives up what nobody waits for', async () => {
    let started = 0;
    await start({ startWorker: () => (started++ === 0 ? silentThread() : startHighsWorker()) });
    const client = new AbortController();
    const abandoned = solve(contested({}), client.signal).then(
      () => 'answered',
      () => 'gone',
    );
    await until(() => started === 1);
    expect((await http.get('/health')).status).to.equal(200);
    expect((await solve(contested({ solver: 'greedy' }))).solver.name).to.equal('greedy');
    client.abort();
    expect(await abandoned).to.equal('gone');
    // Its turn comes only once the thread before it has ended.
    expect((await solve(contested({}))).solver.name).to.equal('milp');
    expect(started).to.equal(2);
  });
});
