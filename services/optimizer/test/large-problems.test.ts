import { Worker } from 'node:worker_threads';
import axios from 'axios';
import { expect } from 'chai';
import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { listen } from '#shared/http/listen.js';
import { silentLogger } from '#shared/observe/logger.js';
import { createMetrics } from '#shared/observe/metrics.js';
import { until } from '#shared/testing/until.js';
import { createSolverThread, startSolverWorker, type SolverThreadOptions } from '../adapters/solver-thread/solver-thread.js';
import { createApp, type OptimizerAppOptions } from '../app.js';
import { aMinuteLater, contestedProblem } from '../bench/contested-problem.js';
import { sampleProblem } from '../bench/sample-problem.js';
import { lists } from './stateful-server.js';
import { buildSystem, server } from './system-builder.js';

const options = { firstTokenWithPrefill: false };

/** A thread that takes a problem and is never heard of again. */
function silentThread(): Worker {
  return new Worker("require('node:worker_threads').parentPort.on('message', () => { for (;;); })", { eval: true });
}

describe('optimizer over REST, large problems', function () {
  this.timeout(120_000);
  const closing: (() => Promise<void>)[] = [];
  const http = axios.create({ validateStatus: () => true, proxy: false, responseType: 'text', transformResponse: [] });

  const serve = async (over: Partial<OptimizerAppOptions> = {}): Promise<string> => {
    const app = createApp({
      options,
      elapsedMs: () => 0,
      logger: silentLogger,
      registry: createMetrics('optimizer'),
      stateful: { apiToken: '' },
      ...over,
    });
    const listening = await listen(app, { host: '127.0.0.1', port: 0, portVariable: 'INFERNO_PORT' });
    closing.unshift(() => listening.close(0));
    return listening.url;
  };
  /** All problems are large there. */
  const serveApart = async (over: Partial<SolverThreadOptions> = {}, fromSize = 1): Promise<string> => {
    const thread = createSolverThread({ options, exact: { timeLimitMs: 60_000, relativeGap: 0 }, ...over });
    closing.push(() => thread.close());
    return serve({ large: { answer: thread.answer, fromSize } });
  };

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it('get, from another thread, the same answer to the byte', async () => {
    const here = await serve();
    const apart = await serveApart();
    const sample = await sampleProblem('large');
    const contested = contestedProblem({ servers: 60, accelerators: 10, types: 6, supply: 0.7, seed: 3 }, options);
    const odd = buildSystem({ servers: [server('__proto__'), server('é\u2028"'), server('b', { load: {} })] });
    const bodies: [path: string, body: unknown, status: number][] = [
      ['/optimizeOne', { system: sample }, 200],
      ['/optimizeOne?explain=chosen', { system: sample, colour: 'red' }, 200],
      ['/optimizeOne?explain=none', { system: contested }, 200],
      ['/optimizeOne', { system: odd }, 200],
      ['/optimizeOne', { system: { ...sample, capacityData: { count: [{ type: 'L4', count: -1 }] } } }, 400],
      ['/optimizeOne', { system: { ...sample, serverData: { servers: [{ name: 7 }] } } }, 400],
      ['/optimizeOne', [1], 400],
    ];
    for (const [path, body, status] of bodies) {
      const headers = { 'x-request-id': 'same' };
      const [first, second] = await Promise.all(
        [here, apart].map((url) => http.post<string>(`${url}${path}`, body, { headers })),
      );
      expect(first?.status, path).to.equal(status);
      expect(second?.status, path).to.equal(status);
      expect(second?.headers['content-type']).to.equal(first?.headers['content-type']);
      expect(timeless(second?.data)).to.equal(timeless(first?.data));
    }
  });

  it('get the exact solver there, too', async () => {
    const problem = buildSystem({
      cards: { A100: 5, H100: 2 },
      servers: [server('a'), server('b')],
      optimizer: { solver: 'milp' },
    });
    const { data } = await http.post<string>(`${await serveApart()}/optimizeOne`, { system: problem });
    const { solver, warnings } = JSON.parse(data) as { solver: { name: string }; warnings: string[] };
    expect([solver.name, warnings]).to.deep.equal(['milp', []]);
  });

  it('of the kept system are the same as when sent', async () => {
    const url = await serveApart();
    const system = buildSystem({ servers: [server('a'), server('b')] });
    for (const { set, section } of lists) await http.post(`${url}${set}`, system[section]);
    const kept = await http.post<string>(`${url}/optimize`, system.optimizerData);
    const sent = await http.post<string>(`${url}/optimizeOne`, { system });
    expect(kept.status).to.equal(200);
    expect(timeless(kept.data)).to.equal(timeless(sent.data));
  });

  it('of the kept system are solved from where the one before came to, and serve as many as from nothing', async () => {
    const url = await serveApart();
    const system = contestedProblem({ servers: 60, accelerators: 10, types: 6, supply: 0.7, seed: 5 }, options);
    const later = aMinuteLater(system, 2);
    for (const { set, section } of lists) await http.post(`${url}${set}`, system[section]);
    const first = await http.post<string>(`${url}/optimize`, system.optimizerData);
    expect(servedOf(first.data)).to.deep.equal(servedOf((await http.post<string>(`${url}/optimizeOne`, { system })).data));
    await http.post(`${url}/setServers`, later.serverData);
    const warm = await http.post<string>(`${url}/optimize`, system.optimizerData);
    const cold = await http.post<string>(`${url}/optimizeOne`, { system: later });
    expect(servedOf(warm.data)).to.deep.equal(servedOf(cold.data));
    // What is sent is answered the same whatever came before.
    expect(timeless((await http.post<string>(`${await serve()}/optimizeOne`, { system: later })).data)).to.equal(
      timeless(cold.data),
    );
  });

  describe('while one is solved', () => {
    let url: string;
    let started: number;
    const large: SystemSpec = buildSystem({ servers: [server('a'), server('b')] });
    const small: SystemSpec = buildSystem({ servers: [server('a')] });
    const client = (): AbortController => new AbortController();
    const ask = (system: SystemSpec, signal?: AbortSignal): Promise<number> =>
      http.post(`${url}/optimizeOne`, { system }, signal === undefined ? {} : { signal }).then(
        ({ status }) => status,
        () => 0,
      );

    beforeEach(async () => {
      started = 0;
      url = await serveApart(
        { startWorker: (settings) => (started++ === 0 ? silentThread() : startSolverWorker(settings)), mostWaiting: 1 },
        3,
      );
    });

    it('health, metrics and small problems are answered', async () => {
      const leaving = client();
      const pending = ask(large, leaving.signal);
      await until(() => started === 1);
      expect((await http.get(`${url}/health`)).status).to.equal(200);
      expect((await http.get(`${url}/metrics`)).status).to.equal(200);
      expect(await ask(small)).to.equal(200);
      leaving.abort();
      expect(await pending).to.equal(0);
    });

    it('one more waits for its turn, and a third is answered 503', async () => {
      const leaving = client();
      const pending = ask(large, leaving.signal);
      await until(() => started === 1);
      const others = [ask(large), ask(large)];
      expect(await Promise.race(others)).to.equal(503);
      // Its client gone, the thread of the first ends, and who waits gets another.
      leaving.abort();
      expect(await pending).to.equal(0);
      expect((await Promise.all(others)).sort()).to.deep.equal([200, 503]);
      expect(started).to.equal(2);
    });
  });
});

function servedOf(answer: string): number[] {
  return (JSON.parse(answer) as OptimizeOneResponse).counts.map(({ served }) => served);
}

/** The time it took aside. */
function timeless(answer: string | undefined): string | undefined {
  return answer?.replace(/"ms":[\d.e-]+/, '"ms":0');
}
