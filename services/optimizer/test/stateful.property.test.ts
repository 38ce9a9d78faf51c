import axios, { type AxiosResponse } from 'axios';
import { expect } from 'chai';
import fc from 'fast-check';
import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import { createServiceApp } from '#shared/http/create-service-app.js';
import { listen, type Listening } from '#shared/http/listen.js';
import { requireToken } from '#shared/http/require-token.js';
import { silentLogger } from '#shared/observe/logger.js';
import { createMetrics } from '#shared/observe/metrics.js';
import type { Question } from '../answerer.js';
import { statefulRoutes } from '../stateful/routes.js';
import { lists, StatefulModel, type Command, type Json, type ListName } from './stateful-model.js';
import { startStateful, type StatefulServer } from './stateful-server.js';
import { buildSystem, server } from './system-builder.js';

// Few names, so that they meet; one of them has to be encoded in a path, one is a member of every object.
const name = fc.constantFrom('a', 'org/b 2', 'constructor');
const figure = fc.constantFrom(0, 1, 7.5, 40, 40, 40, -1);
const target: fc.Arbitrary<Json> = fc.record({ model: name, 'slo-itl': figure }, { requiredKeys: ['model'] });

const itemsOf: Record<ListName, fc.Arbitrary<Json>> = {
  Accelerator: fc.record({ name, type: name, cost: figure }),
  Capacity: fc.record({ type: name, count: fc.constantFrom(0, 5, 9, -1) }),
  Server: fc.record(
    { name, model: name, class: name, currentAlloc: fc.record({ cost: figure }) },
    { requiredKeys: ['name', 'model'] },
  ),
  ServiceClass: fc.record(
    { priority: fc.constantFrom(1, 3, 100), name, modelTargets: fc.uniqueArray(target, { maxLength: 2, selector: modelOf }) },
    { requiredKeys: ['name'] },
  ),
  Model: fc.record(
    { name, acc: name, atTokens: figure, maxBatchSize: fc.constantFrom(0, 32, -1) },
    { requiredKeys: ['name', 'acc'] },
  ),
};

const listName = fc.constantFrom<ListName>('Accelerator', 'Capacity', 'Server', 'ServiceClass', 'Model');
const withKey = fc.constantFrom<ListName>('Accelerator', 'Capacity', 'Server', 'ServiceClass');

const command: fc.Arbitrary<Command> = fc.oneof(
  listName.chain((of) =>
    fc.record({ kind: fc.constant('set' as const), of: fc.constant(of), items: fc.array(itemsOf[of], { maxLength: 3 }) }),
  ),
  withKey.chain((of) => fc.record({ kind: fc.constant('add' as const), of: fc.constant(of), item: itemsOf[of] })),
  fc.record({ kind: fc.constant('all' as const), of: listName }),
  fc.record({ kind: fc.constantFrom('get' as const, 'remove' as const), of: withKey, key: name }),
  fc.record({ kind: fc.constantFrom('addModel' as const, 'getModel' as const, 'removeModel' as const), model: name }),
  fc.record({ kind: fc.constant('addPerf' as const), item: itemsOf.Model }),
  fc.record({ kind: fc.constantFrom('getPerf' as const, 'removePerf' as const), model: name, acc: name }),
  fc.record({ kind: fc.constant('addTarget' as const), class: name, item: target }),
  fc.record({ kind: fc.constantFrom('getTarget' as const, 'removeTarget' as const), class: name, model: name }),
);

function modelOf(item: Json): unknown {
  return item['model'];
}

describe('stateful optimizer, any sequence of verbs', () => {
  let running: StatefulServer;

  before(async () => {
    running = await startStateful();
  });

  after(() => running.stop());

  it('answers as plain maps do', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 40 }), async (commands) => {
        const model = new StatefulModel();
        const everything = Object.keys(lists).map((of) => ({ kind: 'all', of: of as ListName }) as const);
        const emptied = everything.map(({ of }) => ({ kind: 'set', of, items: [] }) as const);
        for (const one of [...emptied, ...commands, ...everything]) {
          const { status, data } = await send(one);
          const expected = model.answerTo(one);
          expect(status, JSON.stringify(data)).to.equal(expected.status);
          // As text: the order of items and of keys counts.
          if (status === 200) expect(JSON.stringify(withoutWarnings(data))).to.equal(JSON.stringify(expected.answer));
        }
      }),
      { numRuns: 60 },
    );
  });

  function send(one: Command): Promise<AxiosResponse<Json>> {
    const { http } = running;
    const path = (verb: string, ...keys: string[]): string => [`/${verb}`, ...keys.map(encodeURIComponent)].join('/');
    switch (one.kind) {
      case 'set':
        return http.post(path(`set${lists[one.of].plural}`), { [lists[one.of].root]: one.items });
      case 'add':
        return http.post(path(`add${one.of}`), one.item);
      case 'all':
        return http.get(path(`get${lists[one.of].plural}`));
      case 'get':
      case 'remove':
        return http.get(path(`${one.kind}${one.of}`, one.key));
      case 'addModel':
        return http.post(path('addModel', one.model));
      case 'getModel':
        return http.get(path('getModel', one.model));
      case 'removeModel':
        return http.delete(path('removeModel', one.model));
      case 'addPerf':
        return http.post(path('addModelAcceleratorPerf'), one.item);
      case 'getPerf':
        return http.get(path('getModelAcceleratorPerf', one.model, one.acc));
      case 'removePerf':
        return http.delete(path('removeModelAcceleratorPerf', one.model, one.acc));
      case 'addTarget':
        return http.post(path('addServiceClassModelTargets'), { name: one.class, modelTargets: [one.item] });
      case 'getTarget':
        return http.get(path('getServiceClassModelTarget', one.class, one.model));
      case 'removeTarget':
        return http.delete(path('removeServiceClassModelTarget', one.class, one.model));
    }
  }
});

function withoutWarnings({ warnings, ...answer }: Json): Json {
  if (warnings !== undefined) expect(warnings).to.deep.equal([]);
  return answer;
}

describe('stateful optimizer, calls at a time', () => {
  const fleets = { none: [], some: ['a1', 'a2', 'a3'], others: ['b1', 'b2', 'b3', 'b4', 'b5'] };
  const call = fc.constantFrom('setSome', 'setOthers', 'setBroken', 'optimize', 'getServers');

  it('never see a set that is half applied, nor anything of one that failed', async () => {
    const { http, stop } = await startStateful();
    const { acceleratorData, capacityData, modelData, serviceClassData } = buildSystem();
    await http.post('/setAccelerators', acceleratorData);
    await http.post('/setCapacities', capacityData);
    await http.post('/setModels', modelData);
    await http.post('/setServiceClasses', serviceClassData);
    const set = (names: readonly string[], ...more: object[]): Promise<AxiosResponse> =>
      http.post('/setServers', { servers: [...names.map((each) => server(each)), ...more] });
    const makers: Record<string, () => Promise<string[] | undefined>> = {
      setSome: async () => void expect((await set(fleets.some)).status).to.equal(200),
      setOthers: async () => void expect((await set(fleets.others)).status).to.equal(200),
      setBroken: async () => void expect((await set(['c1', 'c2'], { name: 'c3' })).status).to.equal(400),
      optimize: async () => {
        const { data } = await http.post<OptimizeOneResponse>('/optimize', { optimizer: {} });
        expect(Object.keys(data.allocations)).to.deep.equal(Object.keys(data.explanations));
        return Object.keys(data.allocations);
      },
      getServers: async () => {
        const { data } = await http.get<{ servers: { name: string }[] }>('/getServers');
        return data.servers.map((item) => item.name);
      },
    };
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(call, { minLength: 2, maxLength: 20 }), async (calls) => {
          const seen = await Promise.all(calls.map((each) => makers[each]!()));
          for (const names of seen) if (names !== undefined) expect(Object.values(fleets)).to.deep.include(names);
        }),
        { numRuns: 25 },
      );
    } finally {
      await stop();
    }
  });

  describe('while a solve runs', () => {
    let listening: Listening;
    let question: Question | undefined;
    let begun: () => void;
    let finish: (json: string) => void;
    const began = new Promise<void>((resolve) => (begun = resolve));

    before(async () => {
      const routes = statefulRoutes({
        authorize: requireToken(''),
        answer: (asked) => {
          question = asked;
          begun();
          return new Promise((resolve) => (finish = resolve));
        },
        logger: silentLogger,
      });
      const app = createServiceApp({ service: 'optimizer', logger: silentLogger, registry: createMetrics('optimizer'), routes });
      listening = await listen(app, { host: '127.0.0.1', port: 0, portVariable: 'INFERNO_PORT' });
    });

    after(() => listening.close(0));

    it('its problem stays what it was, and changes and questions are answered meanwhile', async () => {
      const http = axios.create({ baseURL: listening.url, validateStatus: () => true, proxy: false });
      await http.post('/setServers', { servers: [server('s1'), server('s2')] });
      await http.post('/addServiceClass/Gold/1');
      const answering = http.post<unknown>('/optimize', { optimizer: {} });
      await began;
      const before = structuredClone(question);
      await http.post('/addServiceClassModelTargets', { name: 'Gold', modelTargets: [{ model: 'm' }] });
      await http.delete('/removeServer/s1');
      await http.post('/setServers', { servers: [server('s3')] });
      expect((await http.get('/getServer/s3')).status).to.equal(200);
      expect(question).to.deep.equal(before);
      expect(question).to.have.nested.property('system.serverData.servers').with.length(2);
      finish('{"warnings":["as solved"]}');
      expect((await answering).data).to.deep.equal({ warnings: ['as solved'] });
    });
  });
});
