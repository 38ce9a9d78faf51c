import axios from 'axios';
import { expect } from 'chai';
import { optimizeOneResponseSchema, type OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import { listen, type Listening } from '#shared/http/listen.js';
import { silentLogger } from '#shared/observe/logger.js';
import { createMetrics } from '#shared/observe/metrics.js';
import { createApp } from '../app.js';
import { sampleProblem } from '../bench/sample-problem.js';
import { buildSystem, server } from './system-builder.js';

describe('how much of the explanations is asked for over REST', () => {
  let listening: Listening;
  const http = axios.create({ validateStatus: () => true, proxy: false });

  before(async () => {
    const app = createApp({
      options: { firstTokenWithPrefill: false },
      elapsedMs: () => 0,
      logger: silentLogger,
      registry: createMetrics('optimizer'),
      stateful: { apiToken: '' },
    });
    listening = await listen(app, { host: '127.0.0.1', port: 0, portVariable: 'INFERNO_PORT' });
    http.defaults.baseURL = listening.url;
  });

  after(() => listening.close(0));

  const ask = async (path: string, body: unknown): Promise<OptimizeOneResponse> => {
    const { status, data } = await http.post<OptimizeOneResponse>(path, body);
    expect(status, path).to.equal(200);
    return optimizeOneResponseSchema.parse(data);
  };

  it('is all of it unless less is asked for; the rest of the answer stays', async () => {
    const body = { system: await sampleProblem('large') };
    const { explanations, ...rest } = await ask('/optimizeOne', body);
    const candidates = Object.values(explanations).map((item) => item.candidates.length);
    expect(await ask('/optimizeOne?explain=all', body)).to.deep.equal({ explanations, ...rest });
    expect(Math.min(...candidates)).to.be.greaterThan(1);

    const chosen = await ask('/optimizeOne?explain=chosen', body);
    expect({ ...chosen, explanations }).to.deep.equal({ ...rest, explanations });
    expect(Object.keys(chosen.explanations)).to.deep.equal(Object.keys(explanations));
    for (const [name, item] of Object.entries(chosen.explanations)) {
      expect(item.candidates.map(({ accelerator }) => accelerator)).to.deep.equal([rest.allocations[name]!.accelerator]);
    }

    expect(await ask('/optimizeOne?explain=none', body)).to.deep.equal({ ...rest, explanations: {} });
  });

  it('goes for the kept system as well', async () => {
    const { system } = { system: buildSystem({ servers: [server('a'), server('b')] }) };
    await http.post('/setAccelerators', system.acceleratorData);
    await http.post('/setCapacities', system.capacityData);
    await http.post('/setModels', system.modelData);
    await http.post('/setServiceClasses', system.serviceClassData);
    await http.post('/setServers', system.serverData);
    const all = await ask('/optimize', system.optimizerData);
    expect(Object.keys(all.explanations)).to.deep.equal(['a', 'b']);
    expect(await ask('/optimize?explain=none', system.optimizerData)).to.deep.equal({ ...all, explanations: {} });
    const chosen = await ask('/optimize?explain=chosen', system.optimizerData);
    expect(chosen.explanations['a']!.candidates).to.have.length(1);
  });

  it('counts servers by outcome without explanations, too', async () => {
    await ask('/optimizeOne?explain=none', { system: buildSystem({ servers: [server('a'), server('b', { load: {} })] }) });
    const { data } = await http.get<string>('/metrics');
    expect(data).to.match(/inferno_optimizer_servers\{.*outcome="allocated".*\} 1\n/);
    expect(data).to.match(/inferno_optimizer_servers\{.*outcome="load-unknown".*\} 1\n/);
  });

  it('answers 400 to anything else, naming what there is', async () => {
    for (const [query, shown] of [
      ['explain=some', '"some"'],
      ['explain=', '""'],
      ['explain=none&explain=all', '["none","all"]'],
    ] as const) {
      for (const [path, body] of [
        ['/optimizeOne', { system: buildSystem() }],
        ['/optimize', { optimizer: {} }],
      ] as const) {
        const { status, data } = await http.post<{ error: { message: string } }>(`${path}?${query}`, body);
        expect(status, `${path}?${query}`).to.equal(400);
        expect(data.error.message).to.equal(`explain: ${shown}: must be one of all, chosen, none`);
      }
    }
  });
});
