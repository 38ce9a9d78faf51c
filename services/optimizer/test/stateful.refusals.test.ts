import type { AxiosInstance, AxiosResponse } from 'axios';
import { expect } from 'chai';
import { silentLogger } from '#shared/observe/logger.js';
import { startStateful, type StatefulServer } from './stateful-server.js';
import { server } from './system-builder.js';

interface Failure {
  error: { code: string; message: string };
}

describe('stateful optimizer, what it refuses', () => {
  let running: StatefulServer;
  let http: AxiosInstance;

  beforeEach(async () => {
    running = await startStateful();
    ({ http } = running);
    await running.fill();
  });

  afterEach(() => running.stop());

  async function failing(call: Promise<AxiosResponse<Failure>>): Promise<[number, string]> {
    const { status, data } = await call;
    return [status, data.error.message];
  }

  it('names what is unknown, and what is known instead', async () => {
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
      const before = await running.everything();
      const [status, message] = await failing(http.post<Failure>(path, body));
      expect(status).to.equal(400);
      expect(message).to.contain(at);
      expect(await running.everything()).to.deep.equal(before);
    });
  }

  it('adds none of several targets when the class has one of them', async () => {
    const modelTargets = [{ model: 'gemma' }, { model: 'llama' }];
    const call = http.post<Failure>('/addServiceClassModelTargets', { name: 'Premium', priority: 1, modelTargets });
    expect(await failing(call)).to.deep.equal([409, 'already there: target of service class "Premium" for model "llama"']);
    expect((await http.get('/getServiceClassModelTarget/Premium/gemma')).status).to.equal(404);
  });

  it('refuses HEAD where GET removes', async () => {
    const { status, headers } = await http.head('/removeServer/s1');
    expect([status, headers['allow']]).to.deep.equal([405, 'DELETE, GET']);
    expect((await http.get('/getServer/s1')).status).to.equal(200);
    expect((await http.post('/removeServer/s1')).headers['allow']).to.equal('DELETE, GET, HEAD');
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
