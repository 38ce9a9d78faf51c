import { readFile } from 'node:fs/promises';
import type { AxiosInstance, AxiosResponse } from 'axios';
import { expect } from 'chai';
import { optimizeOneResponseSchema, type OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import { silentLogger } from '#shared/observe/logger.js';
import { startStateful, type StatefulServer } from './stateful-server.js';
import { accelerator, buildSystem, model, server, serviceClass } from './system-builder.js';

interface Failure {
  error: { code: string; message: string; details?: unknown };
}

const sections = [
  { set: '/setAccelerators', get: '/getAccelerators', file: 'accelerator', section: 'acceleratorData' },
  { set: '/setCapacities', get: '/getCapacities', file: 'capacity', section: 'capacityData' },
  { set: '/setModels', get: '/getModels', file: 'model', section: 'modelData' },
  { set: '/setServiceClasses', get: '/getServiceClasses', file: 'serviceclass', section: 'serviceClassData' },
  { set: '/setServers', get: '/getServers', file: 'server', section: 'serverData' },
] as const;

describe('stateful optimizer', () => {
  let running: StatefulServer;
  let http: AxiosInstance;

  beforeEach(async () => {
    running = await startStateful();
    ({ http } = running);
  });

  afterEach(() => running.stop());

  /** Sets a small system of two accelerators, one model, one class and one server. */
  async function fill(): Promise<ReturnType<typeof buildSystem>> {
    const system = buildSystem();
    for (const { set, section } of sections) expect((await http.post(set, system[section])).status, set).to.equal(200);
    return system;
  }

  async function everything(): Promise<unknown[]> {
    return Promise.all(sections.map(async ({ get }) => (await http.get<unknown>(get)).data));
  }

  async function failing(call: Promise<AxiosResponse<Failure>>): Promise<[number, string]> {
    const { status, data } = await call;
    return [status, data.error.message];
  }

  it('begins empty, and optimizes that', async () => {
    const roots = ['accelerators', 'count', 'models', 'serviceClasses', 'servers'];
    expect(await everything()).to.deep.equal(roots.map((root) => ({ [root]: [] })));
    const { status, data } = await http.post<OptimizeOneResponse>('/optimize', { optimizer: { unlimited: true } });
    expect(status).to.equal(200);
    expect(data).to.deep.include({ allocations: {}, explanations: {}, warnings: [] });
  });

  for (const folder of ['small', 'large']) {
    it(`gives the files of sample-data/${folder} back as they were set, and optimizes them as optimizeOne does`, async () => {
      const system: Record<string, unknown> = {};
      for (const { set, get, file, section } of sections) {
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
    await fill();
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
      await fill();
      const before = (await http.get<unknown>(get)).data;
      expect((await http.get(`/get${one}`)).status).to.equal(404);
      expect((await http.delete(`/remove${one}`)).status).to.equal(404);
      expect((await http.get<unknown>(get)).data).to.deep.equal(before);

      expect((await http.post(add, item)).status).to.equal(200);
      expect((await http.get<unknown>(`/get${one}`)).data).to.deep.equal(answer);
      const after = (await http.get<unknown>(get)).data;
      expect(after).to.not.deep.equal(before);
      const [status, message] = await failing(http.post<Failure>(add, item));
      expect([status, message]).to.deep.equal([409, message]);
      expect(message).to.match(/^already there: /);
      expect((await http.get<unknown>(get)).data).to.deep.equal(after);

      expect((await http.get<unknown>(`/remove${one}`)).data).to.deep.equal(answer);
      expect((await http.get<unknown>(get)).data).to.deep.equal(before);
      await http.post(add, item);
      expect((await http.delete<unknown>(`/remove${one}`)).data).to.deep.equal(answer);
      expect((await http.get<unknown>(get)).data).to.deep.equal(before);
    });
  }

  it('names what is unknown, and what is known instead', async () => {
    await fill();
    const cases = {
      '/getAccelerator/B200': 'no accelerator "B200"; known: A100, H100',
      '/removeCapacity/B200': 'no capacity of accelerator type "B200"; known: A100, H100',
      '/getModel/gemma': 'no model "gemma"; known: llama',
      '/removeServer/s9': 'no server "s9"; known: s1',
      '/getServiceClass/Gold': 'no service class "Gold"; known: Premium',
      '/getModelAcceleratorPerf/llama/B200': 'no parameters of model "llama" on accelerator "B200"; known: A100, H100',
      '/getModelAcceleratorPerf/gemma/A100': 'no model "gemma"; known: llama',
      '/removeServiceClassModelTarget/Premium/gemma': 'no target of service class "Premium" for model "gemma"; known: llama',
      '/removeServiceClassModelTarget/Gold/llama': 'no service class "Gold"; known: Premium',
    };
    for (const [path, message] of Object.entries(cases)) {
      expect(await failing(http.get<Failure>(path)), path).to.deep.equal([404, message]);
    }
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect((await http.get(`/getServer/${name}`)).status, name).to.equal(404);
    }
  });

  const broken = [
    { path: '/setServers', body: { servers: [server('a'), { model: 'm' }] }, at: 'body: servers[1].name: absent' },
    {
      path: '/setServers',
      body: { servers: [server('a'), server('a')] },
      at: 'body: servers[1].name: "a": duplicate server "a"',
    },
    { path: '/setCapacities', body: { count: [{ type: 'A100', count: -1 }] }, at: 'body: count[0].count: -1: must be >= 0' },
    { path: '/setModels', body: [], at: 'body: []: must be an object' },
    { path: '/addAccelerator', body: { name: 'X', type: 'X' }, at: 'body: cost: absent: must be a finite number' },
    { path: '/setCapacity', body: { type: 'A100', count: 1.5 }, at: 'body: count: 1.5: must be a whole number' },
    { path: '/addServiceClass/Gold/0', body: undefined, at: 'path: priority: 0: must be >= 1' },
    { path: '/addServiceClass/Gold/high', body: undefined, at: 'path: priority: "high": must be a finite number' },
    {
      path: '/addServiceClassModelTargets',
      body: { name: 'Premium', priority: 2, modelTargets: [] },
      at: 'body: priority: 2: must be 1, the priority of the class, or absent',
    },
    { path: '/optimize', body: { optimizer: { solver: 'best' } }, at: 'body: optimizer.solver: "best": must be one of' },
    { path: '/optimize', body: undefined, at: 'body: absent: must be an object' },
  ];
  for (const { path, body, at } of broken) {
    it(`answers 400 to ${path} with ${JSON.stringify(at)}, and changes nothing`, async () => {
      await fill();
      const before = await everything();
      const [status, message] = await failing(http.post<Failure>(path, body));
      expect(status).to.equal(400);
      expect(message).to.contain(at);
      expect(await everything()).to.deep.equal(before);
    });
  }

  it('adds none of several targets when the class has one of them', async () => {
    await fill();
    const modelTargets = [{ model: 'gemma' }, { model: 'llama' }];
    const call = http.post<Failure>('/addServiceClassModelTargets', { name: 'Premium', priority: 1, modelTargets });
    expect(await failing(call)).to.deep.equal([409, 'already there: target of service class "Premium" for model "llama"']);
    expect((await http.get('/getServiceClassModelTarget/Premium/gemma')).status).to.equal(404);
  });

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
    await fill();
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
    await fill();
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

  it('refuses HEAD where GET removes', async () => {
    await fill();
    const { status, headers } = await http.head('/removeServer/s1');
    expect([status, headers['allow']]).to.deep.equal([405, 'DELETE, GET']);
    expect((await http.get('/getServer/s1')).status).to.equal(200);
    expect((await http.post('/removeServer/s1')).headers['allow']).to.equal('DELETE, GET, HEAD');
  });

  it('counts its solves as those of optimizeOne', async () => {
    await fill();
    await http.post('/optimize', { optimizer: {} });
    const { data } = await http.get<string>('/metrics');
    expect(data).to.match(/inferno_optimizer_servers\{.*outcome="allocated".*\} 1\n/);
    expect(data).to.match(/inferno_optimizer_solve_duration_seconds_count\{.*\} 1\n/);
  });
});

describe('stateful optimizer with a token', () => {
  const lines: string[] = [];
  let running: StatefulServer;

  before(async () => {
    const info = (message: string, fields = {}): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
    running = await startStateful('secret', { ...silentLogger, info });
  });

  after(() => running.stop());

  it('changes nothing for a caller without it, and reads and optimizes for anybody; a change is logged', async () => {
    const { http } = running;
    const authorized = { headers: { authorization: 'Bearer secret' } };
    await http.post('/setServers', { servers: [server('s1')] }, authorized);
    const refused = [
      http.post('/setServers', { servers: [] }),
      http.post('/addServer', server('s2')),
      http.get('/removeServer/s1'),
      http.delete('/removeServer/s1'),
      http.post('/addModel/m'),
    ];
    for (const { status } of await Promise.all(refused)) expect(status).to.equal(401);
    expect((await http.get<{ servers: unknown[] }>('/getServers')).data.servers).to.have.length(1);
    expect((await http.post('/optimize', { optimizer: { unlimited: true } })).status).to.equal(200);
    expect((await http.delete('/removeServer/s1', authorized)).status).to.equal(200);
    expect(lines.filter((line) => line.startsWith('state changed'))).to.have.length(2);
    expect(lines[0]).to.contain('"by":"POST /setServers"').and.to.contain('"servers":1');
  });
});
