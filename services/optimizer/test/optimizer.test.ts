import { readFile } from 'node:fs/promises';
import axios from 'axios';
import { expect } from 'chai';
import { optimizeOneResponseSchema, type OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import { listen, type Listening } from '#shared/http/listen.js';
import { silentLogger } from '#shared/observe/logger.js';
import { createMetrics } from '#shared/observe/metrics.js';
import { sampleProblem } from '../bench/sample-problem.js';
import { createApp } from '../app.js';
import { buildSystem, server } from './system-builder.js';

const sections = {
  acceleratorData: 'accelerator',
  capacityData: 'capacity',
  modelData: 'model',
  serviceClassData: 'serviceclass',
  serverData: 'server',
  optimizerData: 'optimizer',
};

/** The files as they are on disk, mixed case and all. */
async function rawBody(set: string): Promise<{ system: Record<string, unknown> }> {
  const system: Record<string, unknown> = {};
  for (const [section, file] of Object.entries(sections)) {
    system[section] = JSON.parse(await readFile(`sample-data/${set}/${file}-data.json`, 'utf8'));
  }
  return { system };
}

describe('optimizer over REST', () => {
  let listening: Listening;
  let nowMs = 0;
  const http = axios.create({ validateStatus: () => true, proxy: false });

  before(async () => {
    const app = createApp({
      options: { firstTokenWithPrefill: false },
      // A clock that shows one and a half ms more each time it is read.
      elapsedMs: () => (nowMs += 1.5),
      logger: silentLogger,
      registry: createMetrics('optimizer'),
    });
    listening = await listen(app, { host: '127.0.0.1', port: 0, portVariable: 'INFERNO_PORT' });
    http.defaults.baseURL = listening.url;
  });

  after(() => listening.close(0));

  it('answers a sample data set as its files write it, in the shape of the contract', async () => {
    const { status, data } = await http.post<OptimizeOneResponse>('/optimizeOne', await rawBody('large'));
    expect(status).to.equal(200);
    expect(optimizeOneResponseSchema.parse(data)).to.deep.equal(data);
    expect(Object.keys(data.allocations)).to.have.length(27);
    expect(data.solver).to.include({ name: 'auto', ms: 1.5 });
    expect(data.warnings).to.deep.equal([]);
    const cost = Object.values(data.allocations).reduce((sum, item) => sum + item.cost!, 0);
    // The reference's greedy total of large with a queue of ten per slot is 24 954.
    expect(cost).to.equal(24_496);
    expect(data.solver).to.include({ gap: 0 });
    expect(data.counts.every(({ served, bound }) => served === bound)).to.equal(true);
  });

  it('warns of a key that it does not know, and goes on', async () => {
    const body = await rawBody('small');
    const { data } = await http.post<OptimizeOneResponse>('/optimizeOne', { system: { ...body.system, colour: 'red' } });
    expect(data.warnings).to.deep.equal(['body: system.colour: unknown key, ignored']);
    expect(Object.keys(data.allocations)).to.have.length(15);
  });

  it('answers 400 with every issue, naming path, value and range', async () => {
    const system = buildSystem({ servers: [server('s', { minNumReplicas: -1 }), server('s', { rpm: -5 })] });
    const { status, data } = await http.post<{ error: { code: string; details: unknown } }>('/optimizeOne', { system });
    expect(status).to.equal(400);
    expect(data.error.code).to.equal('BAD_REQUEST');
    expect(data.error.details).to.deep.include.members([
      { source: 'body', path: 'system.serverData.servers[0].minNumReplicas', value: '-1', message: 'must be >= 0' },
      {
        source: 'body',
        path: 'system.serverData.servers[1].currentAlloc.load.arrivalRate',
        value: '-5',
        message: 'must be >= 0',
      },
    ]);
  });

  const unreadable = [
    { name: 'no body', body: undefined, type: 'application/json' },
    { name: 'broken JSON', body: '{"system":', type: 'application/json' },
    { name: 'another type of content', body: 'system', type: 'text/plain' },
    { name: 'a list', body: '[]', type: 'application/json' },
  ];
  for (const { name, body, type } of unreadable) {
    it(`answers 400 to ${name}`, async () => {
      const { status, data } = await http.post<{ error: { code: string } }>('/optimizeOne', body, {
        headers: { 'content-type': type },
      });
      expect(status).to.equal(400);
      expect(data.error.code).to.equal('BAD_REQUEST');
    });
  }

  it('takes a problem of thousands of servers', async () => {
    const { status, data } = await http.post<OptimizeOneResponse>('/optimizeOne', { system: await sampleProblem('large', 80) });
    expect(status).to.equal(200);
    expect(Object.keys(data.explanations)).to.have.length(2160);
  });

  it('keeps nothing between calls', async () => {
    const body = { system: buildSystem() };
    const first = await http.post<OptimizeOneResponse>('/optimizeOne', body);
    await http.post('/optimizeOne', await rawBody('small'));
    expect((await http.post<OptimizeOneResponse>('/optimizeOne', body)).data).to.deep.equal(first.data);
  });

  it('says of the stateful endpoints that it was started without them', async () => {
    for (const [method, url] of [
      ['GET', '/getServers'],
      ['POST', '/optimize'],
      ['DELETE', '/removeModelAcceleratorPerf/m/a'],
      ['PUT', '/addServiceClass/Gold/1'],
    ] as const) {
      const { status, data } = await http.request<{ error: { message: string } }>({ method, url });
      expect(status, url).to.equal(404);
      expect(data.error.message).to.contain(`${method} ${url}: started without -F`);
    }
    expect((await http.get<{ error: { message: string } }>('/getServer')).data.error.message).to.not.contain('-F');
  });

  it('counts servers by outcome, cards by type, and the time of a solve', async () => {
    await http.post('/optimizeOne', { system: buildSystem({ servers: [server('a'), server('b', { load: {} })] }) });
    const { data } = await http.get<string>('/metrics');
    expect(data).to.match(/inferno_optimizer_servers\{.*outcome="allocated".*\} 1\n/);
    expect(data).to.match(/inferno_optimizer_servers\{.*outcome="load-unknown".*\} 1\n/);
    expect(data).to.match(/inferno_optimizer_servers\{.*outcome="best-effort".*\} 0\n/);
    expect(data).to.match(/inferno_optimizer_cards\{.*type="A100".*figure="used".*\} 3\n/);
    expect(data).to.match(/inferno_optimizer_solve_duration_seconds_bucket\{.*le="0.0025".*solver="auto".*\}/);
    expect((await http.get('/health')).data).to.deep.equal({ status: 'ok', service: 'optimizer' });
  });
});
