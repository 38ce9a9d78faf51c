import { expect } from 'chai';
import { server } from './support/fleet.js';
import { startSuite, type Suite } from './support/suite.js';

describe('pause, resume and recommendation', () => {
  let suite: Suite;

  afterEach(() => suite.stop());

  it('paused: decides, explains and records, acts on nothing; resumed: acts', async () => {
    suite = await startSuite({ fleet: [server('a', { rate: 35 })] });
    expect((await suite.post('/pause')).data).to.deep.equal({ paused: true, servers: {} });
    const record = await suite.invoke();
    expect(record.paused).to.equal(true);
    expect(record.reason).to.equal('1 server to change, not acted on');
    expect(record.servers['a']?.planned.numReplicas).to.equal(4);
    expect(suite.updates).to.deep.equal([]);

    expect((await suite.post('/resume')).data).to.deep.equal({ paused: false, servers: {} });
    await suite.invoke();
    expect(suite.fleet[0]?.replicas).to.equal(4);
  });

  it('one server paused: pinned at what it has, while the others are scaled', async () => {
    suite = await startSuite({ fleet: [server('a', { rate: 35 }), server('b', { rate: 35 })] });
    await suite.invoke('?dryRun=true');
    expect((await suite.post('/servers/a/pause')).data).to.deep.equal({ paused: false, servers: { a: true } });
    const record = await suite.invoke();
    expect(record.servers['a']?.verdict).to.include({ action: 'hold', hold: 'paused' });
    expect(suite.fleet.map(({ replicas }) => replicas)).to.deep.equal([2, 4]);

    expect((await suite.post('/servers/a/resume')).data).to.deep.equal({ paused: false, servers: {} });
    await suite.invoke();
    expect(suite.fleet.map(({ replicas }) => replicas)).to.deep.equal([4, 4]);
  });

  it('two changes at the same time do not undo each other', async () => {
    suite = await startSuite({ fleet: [server('a'), server('b')] });
    await Promise.all([suite.post('/servers/a/pause'), suite.post('/pause'), suite.post('/servers/b/pause')]);
    expect(suite.control).to.deep.equal({ paused: true, servers: { a: true, b: true } });
  });

  it('refuses to pause a server that is not there', async () => {
    suite = await startSuite({ fleet: [server('a')] });
    await suite.invoke();
    const { status, data } = await suite.post('/servers/x/pause');
    expect(status).to.equal(404);
    expect(JSON.stringify(data)).to.contain('known: a');
  });

  it('says so when the actuator cannot keep it', async () => {
    suite = await startSuite({ fleet: [server('a')] });
    await suite.actuator.close();
    expect((await suite.post('/pause')).status).to.equal(503);
  });

  it('recommendation mode publishes what it would want and patches nothing', async () => {
    suite = await startSuite({ fleet: [server('a', { rate: 35 })], recommendOnly: true });
    await suite.invoke();
    expect(suite.updates).to.deep.equal([]);
    const { data } = await suite.get('/metrics');
    expect(data).to.contain('inferno_desired_replicas{server="a",service="controller"} 4');
  });

  it('asks for the bearer token where one is set, but not to look', async () => {
    suite = await startSuite({ fleet: [server('a', { rate: 35 })], apiToken: 'secret' });
    for (const path of ['/invoke', '/pause', '/resume', '/servers/a/pause', '/servers/a/resume']) {
      expect((await suite.post(path)).status, path).to.equal(401);
    }
    expect((await suite.get('/invoke')).status).to.equal(401);
    expect(suite.updates).to.deep.equal([]);
    expect((await suite.get('/invoke?dryRun=true')).status).to.equal(200);
    expect((await suite.get('/servers')).status).to.equal(200);
    expect((await suite.get('/invoke', { authorization: 'Bearer secret' })).data).to.equal('OK');
  });
});
