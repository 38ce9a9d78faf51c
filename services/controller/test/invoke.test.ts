import { expect } from 'chai';
import { cycleRecordSchema } from '#shared/contracts/controller.js';
import { faults } from './support/fake-peer.js';
import { server } from './support/fleet.js';
import { startSuite, type Suite } from './support/suite.js';

describe('GET /invoke', () => {
  let suite: Suite;

  const fleet = () => [server('busy', { rate: 35 }), server('calm')];

  beforeEach(async () => {
    suite = await startSuite({ fleet: fleet() });
  });

  afterEach(() => suite.stop());

  it('runs one cycle and answers OK when it is done', async () => {
    const { status, data, headers } = await suite.get('/invoke');
    expect({ status, data }).to.deep.equal({ status: 200, data: 'OK' });
    expect(headers['content-type']).to.match(/^text\/plain/);
    expect(suite.fleet.map(({ replicas }) => replicas)).to.deep.equal([4, 2]);
  });

  it('answers the cycle record where JSON is asked for', async () => {
    const { data } = await suite.get('/invoke', { accept: 'application/json' });
    const record = cycleRecordSchema.parse(data);
    expect(record).to.include({ cycle: 1, outcome: 'ok', trigger: 'invoke', failedStage: null, dryRun: false, paused: false });
    expect(record.servers['busy']?.planned).to.deep.equal({ accelerator: 'L4', numReplicas: 4, maxBatch: 32, cost: 40 });
    expect(record.results).to.deep.equal({ busy: { status: 'applied', reason: 'as told' } });
    expect(record.cost).to.deep.equal({ current: 40, planned: 60 });
    expect(record.capacity['L4']).to.deep.equal({ total: 20, used: 4, planned: 6 });
  });

  it('takes a POST as well', async () => {
    expect((await suite.post('/invoke')).data).to.equal('OK');
  });

  it('runs nothing for who asks for the head of an answer', async () => {
    for (const path of ['/invoke', '/invoke?dryRun=true']) {
      const { status, headers } = await suite.head(path);
      expect({ status, allow: headers['allow'] as string }).to.deep.equal({ status: 405, allow: 'GET, POST' });
    }
    expect((await suite.get('/cycles')).data).to.deep.equal({ cycles: [] });
    expect(suite.updates).to.deep.equal([]);
  });

  it('names in the update only what changes, with its Deployment and the placements of all accelerators', async () => {
    await suite.invoke();
    const [update] = suite.updates;
    expect(update?.allocations).to.have.all.keys('busy');
    expect(update?.['kube-resources']).to.deep.equal({ busy: { uid: 'uid-busy', name: 'busy', space: 'infer' } });
    expect(update?.accelerators).to.have.all.keys('L4', 'A100', '2xA100');
    expect(update?.accelerators['2xA100']?.resource).to.deep.equal({ name: 'inferno.io/A100', count: 2 });
  });

  it('asks nothing of the actuator when nothing is to change', async () => {
    await suite.invoke();
    const { reason } = await suite.invoke();
    expect(reason).to.equal('nothing to change');
    expect(suite.updates).to.have.length(1);
  });

  it('asks for the repair of servers whose pods find no place, unless they are paused', async () => {
    const unplaced = { startingReplicas: 1, unschedulableReplicas: 1, unschedulableReason: 'Insufficient inferno.io/A100' };
    suite.fleet = [server('calm'), server('wedged', { status: unplaced }), server('paused', { status: unplaced })];
    await suite.post('/servers/paused/pause');
    await suite.invoke('?dryRun=true');
    expect(suite.repairs).to.deep.equal([]);
    expect((await suite.invoke()).reason).to.equal('nothing to change; pod template put right: wedged');
    expect(suite.repairs).to.deep.equal(['wedged']);
    expect(suite.updates).to.deep.equal([]);
  });

  it('decides and explains in a dry run, acts on nothing and remembers nothing', async () => {
    const record = await suite.invoke('?dryRun=true');
    expect(record.dryRun).to.equal(true);
    expect(record.servers['busy']?.planned.numReplicas).to.equal(4);
    expect(record.explanations?.['busy']?.optimizer?.candidates).to.have.length(3);
    expect(suite.actuator.requests).to.deep.equal([]);
    expect((await suite.get('/cycles')).data).to.deep.equal({ cycles: [] });
  });

  it('does not let dry runs count for the window of a scale-down, which a real cycle does', async () => {
    suite.fleet = [server('idle', { replicas: 5, rate: 0 })];
    for (let run = 0; run < 3; run++) await suite.invoke('?dryRun=true');
    expect((await suite.invoke()).servers['idle']?.verdict.hold).to.equal('stabilising');
    expect((await suite.invoke()).servers['idle']?.planned.numReplicas).to.equal(1);
  });

  it('refuses a dryRun that is neither true nor false', async () => {
    const { status, data } = await suite.get('/invoke?dryRun=perhaps');
    expect(status).to.equal(400);
    expect(JSON.stringify(data)).to.contain('dryRun: \\"perhaps\\": must be true or false');
  });

  for (const query of ['dryrun=true', 'dry-run=true', 'dryRun=true&force=1', 'x']) {
    it(`refuses ?${query}, acts on nothing, and names dryRun`, async () => {
      const { status, data } = await suite.get(`/invoke?${query}`);
      expect(status).to.equal(400);
      expect(JSON.stringify(data)).to.contain('unknown; the only one is dryRun=true or dryRun=false');
      expect(suite.collector.requests).to.deep.equal([]);
    });
  }

  it('refuses a body, which it would not read; an empty one is none', async () => {
    const { status, data } = await suite.post('/invoke', {}, { dryRun: true });
    expect(status).to.equal(400);
    expect(JSON.stringify(data)).to.contain('?dryRun=true');
    expect(suite.collector.requests).to.deep.equal([]);
    expect((await suite.post('/invoke', {}, {})).data).to.equal('OK');
  });

  it('runs overlapping calls one after the other, each its own cycle', async () => {
    const records = await Promise.all([suite.invoke(), suite.invoke(), suite.invoke()]);
    expect(records.map(({ cycle }) => cycle).sort()).to.deep.equal([1, 2, 3]);
    expect(suite.collector.requests).to.have.length(3);
    // The second saw what the first had done; overlapping ones would both have updated.
    expect(suite.updates).to.have.length(1);
  });

  it('never asks the collector anew while a cycle runs, and refuses more calls than may wait', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const arrived = new Promise<void>((resolve) => {
      suite.collector.misbehave((_, response) => {
        resolve();
        void held.then(() => {
          suite.collector.misbehave(undefined);
          response.status(503).end();
        });
      });
    });
    const first = suite.get('/invoke');
    await arrived;
    // Two may wait; the one that is answered while the first still runs is the third, refused.
    const others = [1, 2, 3].map(() => suite.get('/invoke'));
    const refused = await Promise.race(others);
    expect(refused.status).to.equal(503);
    expect(JSON.stringify(refused.data)).to.contain('INFERNO_CONTROL_QUEUE');
    expect(suite.collector.requests).to.have.length(1);
    release();
    const answers = await Promise.all([first, ...others]);
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 200, 200, 503]);
  });

  for (const [peer, stage] of [
    ['collector', 'collect'],
    ['optimizer', 'optimize'],
    ['actuator', 'actuate'],
  ] as const) {
    describe(`when the ${peer}`, () => {
      for (const fault of faults) {
        it(`${fault.name}: changes nothing, says so, and the next cycle works`, async () => {
          if (fault.timeoutSec !== undefined) {
            await suite.stop();
            suite = await startSuite({ fleet: fleet(), [`${stage}TimeoutSec`]: fault.timeoutSec });
          }
          suite[peer].misbehave(fault.answer);
          const { status, data } = await suite.get('/invoke');
          expect(status).to.equal(fault.status);
          expect(data)
            .to.match(new RegExp(`^${stage}: ${peer}: `))
            .and.match(fault.reason);
          expect(suite.fleet.map(({ replicas }) => replicas)).to.deep.equal([2, 2]);
          expect(suite.updates).to.deep.equal([]);

          suite[peer].misbehave(undefined);
          expect((await suite.get('/invoke')).data).to.equal('OK');
          expect(suite.fleet.map(({ replicas }) => replicas)).to.deep.equal([4, 2]);
        });
      }

      it('is not there: answers 503 with the record', async () => {
        await suite[peer].close();
        const { status, data } = await suite.get('/invoke', { accept: 'application/json' });
        expect(status).to.equal(503);
        const record = cycleRecordSchema.parse(data);
        expect(record).to.include({ outcome: 'failed', failedStage: stage });
        expect(record.reason).to.contain('ECONNREFUSED');
        expect(suite.updates).to.deep.equal([]);
      });
    });
  }

  it('calls an allocation on an accelerator that does not exist what it is', async () => {
    suite.optimizer.misbehave((_, response) => {
      const allocations = { busy: { accelerator: 'H100', numReplicas: 1 } };
      const solver = { name: 'x', objective: 0, bound: null, gap: null, ms: 0 };
      const summary = { outcomes: {}, cards: [], shortages: [], relaxations: [], classes: [] };
      response.json({ allocations, explanations: {}, summary, solver, counts: [], capacity: {}, warnings: [] });
    });
    const { status, data } = await suite.get('/invoke');
    expect(status).to.equal(502);
    expect(data).to.contain('optimize: optimizer: it puts busy on "H100", where model m has no data');
    expect(suite.updates).to.deep.equal([]);
  });

  it('scales nothing down when the optimizer answers nothing for anybody; a measured idle does', async () => {
    suite.fleet = [server('idle', { replicas: 5, rate: 0 })];
    suite.optimizer.misbehave((_, response) => {
      const solver = { name: 'x', objective: 0, bound: null, gap: null, ms: 0 };
      const summary = { outcomes: {}, cards: [], shortages: [], relaxations: [], classes: [] };
      response.json({ allocations: {}, explanations: {}, summary, solver, counts: [], capacity: {}, warnings: [] });
    });
    for (let run = 0; run < 4; run++) await suite.invoke();
    expect(suite.updates).to.deep.equal([]);
    suite.optimizer.misbehave(undefined);
    for (let run = 0; run < 2; run++) await suite.invoke();
    expect(suite.fleet[0]?.replicas).to.equal(1);
  });
});
