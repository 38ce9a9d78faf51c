import { readFile } from 'node:fs/promises';
import type { AxiosInstance } from 'axios';
import { expect } from 'chai';
import { optimizeOneResponseSchema, type OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import { lists, startStateful, type StatefulServer } from './stateful-server.js';
import { accelerator, model, server, serviceClass } from './system-builder.js';

describe('stateful optimizer', () => {
  let running: StatefulServer;
  let http: AxiosInstance;

  beforeEach(async () => {
    running = await startStateful();
    ({ http } = running);
  });

  afterEach(() => running.stop());

  it('begins empty, and optimizes that', async () => {
    const roots = ['accelerators', 'count', 'models', 'serviceClasses', 'servers'];
    expect(await running.everything()).to.deep.equal(roots.map((root) => ({ [root]: [] })));
    const { status, data } = await http.post<OptimizeOneResponse>('/optimize', { optimizer: { unlimited: true } });
    expect(status).to.equal(200);
    expect(data).to.deep.include({ allocations: {}, explanations: {}, warnings: [] });
  });

  for (const folder of ['small', 'large']) {
    it(`gives the files of sample-data/${folder} back as they were set, and optimizes them as optimizeOne does`, async () => {
      const system: Record<string, unknown> = {};
      for (const { set, get, file, section } of lists) {
        const document: unknown = JSON.parse(await readFile(`sample-data/${folder}/${file}-data.json`, 'utf8'));
        expect((await http.post<unknown>(set, document)).data).to.deep.equal({ ...(document as object), warnings: [] });
        // As text: the order of items and of keys counts.
        expect(JSON.stringify((await http.get<unknown>(get)).data)).to.equal(JSON.stringify(document));
        system[section] = document;
      }
      const optimizerData = { optimizer: { saturationPolicy: 'RoundRobin' } };
      const { data } = await http.post<OptimizeOneResponse>('/optimize', optimizerData);
      expect(optimizeOneResponseSchema.parse(data)).to.deep.equal(data);
      expect(Object.keys(data.allocations)).to.have.length.above(10);
      const atOnce = await http.post<OptimizeOneResponse>('/optimizeOne', { system: { ...system, optimizerData } });
      expect(data).to.deep.equal(atOnce.data);
    });
  }

  it('keeps what is given as it is: no default added, no key renamed, and warns of what it ignores', async () => {
    const given = { NAME: 'A100', colour: 'red', type: 'A100', COST: 40 };
    const { data } = await http.post<unknown>('/addAccelerator', given);
    expect(data).to.deep.equal({ ...given, warnings: ['body: colour: unknown key, ignored'] });
    expect((await http.get<unknown>('/getAccelerator/A100')).data).to.deep.equal(given);
    const document = { Accelerators: [given] };
    const set = await http.post<{ warnings: string[] }>('/setAccelerators', document);
    expect(set.data.warnings).to.deep.equal(['body: accelerators[0].colour: unknown key, ignored']);
    expect((await http.get<unknown>('/getAccelerators')).data).to.deep.equal({ accelerators: [given] });
  });

  it('replaces a list as a whole with a set', async () => {
    await running.fill();
    await http.post('/setServers', { servers: [server('s2')] });
    expect((await http.get('/getServer/s1')).status).to.equal(404);
    expect((await http.get('/getServer/s2')).status).to.equal(200);
  });

  const items = [
    {
      what: 'accelerator',
      add: '/addAccelerator',
      one: 'Accelerator/B200',
      item: accelerator('B200', 90),
      get: '/getAccelerators',
    },
    { what: 'capacity', add: '/addCapacity', one: 'Capacity/B200', item: { type: 'B200', count: 8 }, get: '/getCapacities' },
    {
      what: 'service class',
      add: '/addServiceClass',
      one: 'ServiceClass/Gold',
      item: serviceClass('Gold', 2),
      get: '/getServiceClasses',
    },
    { what: 'server', add: '/addServer', one: 'Server/org%2Fs%202', item: server('org/s 2'), get: '/getServers' },
    {
      what: 'perf',
      add: '/addModelAcceleratorPerf',
      one: 'ModelAcceleratorPerf/llama/B200',
      item: model('llama', 'B200', 5),
      get: '/getModels',
    },
    {
      what: 'model target',
      add: '/addServiceClassModelTargets',
      one: 'ServiceClassModelTarget/Premium/gemma',
      item: { name: 'Premium', modelTargets: [{ model: 'gemma', 'slo-itl': 30 }] },
      answer: { model: 'gemma', 'slo-itl': 30 },
      get: '/getServiceClasses',
    },
  ];
  for (const { what, add, one, item, get, answer = item } of items) {
    it(`adds, gets and removes one ${what}; twice is 409, unknown 404, and neither changes anything`, async () => {
      await running.fill();
      const before = (await http.get<unknown>(get)).data;
      expect((await http.get(`/get${one}`)).status).to.equal(404);
      expect((await http.delete(`/remove${one}`)).status).to.equal(404);
      expect((await http.get<unknown>(get)).data).to.deep.equal(before);

      expect((await http.post(add, item)).status).to.equal(200);
      expect((await http.get<unknown>(`/get${one}`)).data).to.deep.equal(answer);
      const after = (await http.get<unknown>(get)).data;
      expect(after).to.not.deep.equal(before);
      const again = await http.post<{ error: { message: string } }>(add, item);
      expect(again.status).to.equal(409);
      expect(again.data.error.message).to.match(/^already there: /);
      expect((await http.get<unknown>(get)).data).to.deep.equal(after);

      expect((await http.get<unknown>(`/remove${one}`)).data).to.deep.equal(answer);
      expect((await http.get<unknown>(get)).data).to.deep.equal(before);
      await http.post(add, item);
      expect((await http.delete<unknown>(`/remove${one}`)).data).to.deep.equal(answer);
      expect((await http.get<unknown>(get)).data).to.deep.equal(before);
    });
  }

  it('knows a model by name alone, until it has parameters and after it had some', async () => {
    expect((await http.post('/addModel/org%2Fm')).status).to.equal(200);
    expect((await http.post('/addModel/org%2Fm')).status).to.equal(409);
    expect((await http.get<unknown>('/getModel/org%2Fm')).data).to.deep.equal({ models: [] });
    const perf = model('org/m', 'A100', 20);
    expect((await http.post('/addModel', perf)).status).to.equal(409);
    expect((await http.post('/addModelAcceleratorPerf', perf)).status).to.equal(200);
    expect((await http.get<unknown>('/getModel/org%2Fm')).data).to.deep.equal({ models: [perf] });
    await http.get('/removeModelAcceleratorPerf/org%2Fm/A100');
    expect((await http.get<unknown>('/getModel/org%2Fm')).data).to.deep.equal({ models: [] });
    expect((await http.delete('/removeModel/org%2Fm')).status).to.equal(200);
    expect((await http.get('/getModel/org%2Fm')).status).to.equal(404);
    expect((await http.post('/addModelAcceleratorPerf', perf)).status).to.equal(404);
    expect((await http.post('/addModel', perf)).status).to.equal(200);
    expect((await http.get<unknown>('/removeModel/org%2Fm')).data).to.deep.equal({ models: [perf] });
    expect((await http.get<unknown>('/getModels')).data).to.deep.equal({ models: [] });
  });

  it('adds a class by name and priority, and takes targets for it in whatever spelling', async () => {
    await http.post('/addServiceClass/Gold/7');
    await http.post('/addServiceClass/Late');
    const MODELTARGETS = [{ model: 'llama', 'SLO-ITL': 40 }];
    await http.post('/addServiceClass', { name: 'Old', ModelTargets: [] });
    for (const name of ['Gold', 'Old']) await http.post('/addServiceClassModelTargets', { name, MODELTARGETS });
    expect((await http.get<unknown>('/getServiceClasses')).data).to.deep.equal({
      serviceClasses: [
        { name: 'Gold', priority: 7, modelTargets: MODELTARGETS },
        { name: 'Late', priority: 100, modelTargets: [] },
        { name: 'Old', ModelTargets: MODELTARGETS },
      ],
    });
    expect((await http.get<unknown>('/getServiceClassModelTarget/Old/llama')).data).to.deep.equal(MODELTARGETS[0]);
  });

  it('sets the count of one type in its place, or as a new one', async () => {
    await running.fill();
    await http.post('/setCapacity', { type: 'A100', count: 3 });
    await http.post('/setCapacity', { type: 'B200', count: 5 });
    const count = [
      { type: 'A100', count: 3 },
      { type: 'H100', count: 1000 },
      { type: 'B200', count: 5 },
    ];
    expect((await http.get<unknown>('/getCapacities')).data).to.deep.equal({ count });
  });

  it('optimizes what was changed item by item, and warns of what refers to nothing', async () => {
    await running.fill();
    const optimize = async (): Promise<OptimizeOneResponse> =>
      (await http.post<OptimizeOneResponse>('/optimize', { optimizer: {} })).data;
    expect((await optimize()).allocations['s1']?.accelerator).to.equal('A100');
    await http.get('/removeAccelerator/A100');
    const without = await optimize();
    expect(without.allocations['s1']?.accelerator).to.equal('H100');
    expect(without.warnings.join()).to.contain('"llama" on "A100": no such accelerator');
    await http.post('/setCapacity', { type: 'H100', count: 0 });
    expect((await optimize()).allocations).to.deep.equal({});
    // A solve keeps nothing: asked again, it answers the same, and the server is what was set.
    expect((await http.get<unknown>('/getServer/s1')).data).to.deep.equal(server('s1'));
  });

  it('counts its solves as those of optimizeOne', async () => {
    await running.fill();
    await http.post('/optimize', { optimizer: {} });
    const { data } = await http.get<string>('/metrics');
    expect(data).to.match(/inferno_optimizer_servers\{.*outcome="allocated".*\} 1\n/);
    expect(data).to.match(/inferno_optimizer_solve_duration_seconds_count\{.*\} 1\n/);
  });
});
