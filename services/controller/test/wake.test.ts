import { expect } from 'chai';
import { wakeResponseSchema, type WakeResponse } from '#shared/contracts/controller.js';
import { dataWith, server } from './support/fleet.js';
import { startSuite, type Suite, type SuiteOptions } from './support/suite.js';

describe('POST /servers/:name/wake', () => {
  let suite: Suite;

  afterEach(() => suite.stop());

  const asleep = server('asleep', { replicas: 0, rate: 'no pods', spec: { minNumReplicas: 0 } });

  async function start(options: Partial<SuiteOptions> = {}): Promise<void> {
    suite = await startSuite({ fleet: [asleep, server('busy', { rate: 90 })], ...options });
  }

  async function wake(name = 'asleep'): Promise<WakeResponse & { status: number }> {
    const { status, data } = await suite.post(`/servers/${name}/wake`);
    return { status, ...wakeResponseSchema.parse(data) };
  }

  async function refused(name: string): Promise<{ status: number; message: string }> {
    const { status, data } = await suite.post(`/servers/${name}/wake`);
    return { status, message: (data as { error: { message: string } }).error.message };
  }

  it('gives it one replica, whether or not its load is known, and leaves all others as they are', async () => {
    for (const rate of ['no pods', 0]) {
      await start({ fleet: [{ ...asleep, rate }, server('busy', { rate: 90 })] });
      const { status, woken, reason, record } = await wake();
      expect({ status, woken, reason }).to.deep.equal({ status: 200, woken: true, reason: 'as told' });
      expect(suite.fleet.map(({ replicas }) => replicas)).to.deep.equal([1, 2]);
      expect(record).to.include({ trigger: 'wake', outcome: 'ok' });
      expect(record?.servers['busy']?.verdict).to.include({ action: 'hold', hold: 'partial-cycle' });
      if (rate === 'no pods') await suite.stop();
    }
  });

  it('puts it where there are cards when its load is known', async () => {
    await start({ fleet: [{ ...asleep, rate: 0 }] });
    await suite.writeData(dataWith({ L4: 0, A100: 2 }));
    expect((await wake()).woken).to.equal(true);
    expect(suite.fleet[0]).to.include({ accelerator: 'A100', replicas: 1 });
  });

  it('says why not when there are no cards', async () => {
    await start();
    await suite.writeData(dataWith({ L4: 2, A100: 0 }));
    const { woken, reason } = await wake();
    expect(woken).to.equal(false);
    expect(reason).to.contain('stays at 0 × L4: waits for 1 more L4 card');
    expect(suite.updates).to.deep.equal([]);
  });

  it('has nothing to do where there are replicas already', async () => {
    await start();
    const { status, woken, reason, record } = await wake('busy');
    expect({ status, woken, record }).to.deep.equal({ status: 200, woken: false, record: null });
    expect(reason).to.equal('busy has replicas already: nothing to do');
    await Promise.all([wake(), wake()]);
    expect(suite.updates).to.have.length(1);
  });

  it('answers 404 for a server that is not there', async () => {
    await start();
    for (const name of ['nobody', 'constructor']) {
      expect(await refused(name)).to.deep.include({ status: 404, message: `no server "${name}"; known: asleep, busy` });
    }
  });

  it('answers 409 with the reason while it, or everything, is paused', async () => {
    await start();
    await suite.post('/servers/asleep/pause');
    expect(await refused('asleep')).to.deep.equal({
      status: 409,
      message: 'asleep is paused by hand (POST /servers/asleep/resume)',
    });
    await suite.post('/servers/asleep/resume');
    await suite.post('/pause');
    expect(await refused('asleep')).to.deep.include({ status: 409 });
    await suite.post('/resume');
    expect((await wake()).woken).to.equal(true);
  });

  it('does not count for a window of the others, and does not hide what a whole cycle said of them', async () => {
    await start({ fleet: [asleep, server('idle', { replicas: 5, rate: 0 })] });
    await suite.invoke();
    await wake();
    expect((await suite.get('/explain/idle')).data).to.have.nested.property('verdict.hold', 'stabilising');
    expect((await suite.get('/explain/asleep')).data).to.have.nested.property('verdict.action', 'scale-up');
    expect(suite.fleet[1]?.replicas).to.equal(5);
    await suite.invoke();
    expect(suite.fleet[1]?.replicas).to.equal(1);
  });

  it('says which stage failed, and the next try works', async () => {
    await start();
    suite.actuator.misbehave((_, response) => void response.status(500).json({ error: {} }));
    const { status, woken, reason } = await wake();
    expect({ status, woken }).to.deep.equal({ status: 502, woken: false });
    expect(reason).to.match(/^actuate: actuator: /);
    suite.actuator.misbehave(undefined);
    expect((await wake()).woken).to.equal(true);
  });

  it('asks for the bearer token where one is set', async () => {
    await start({ apiToken: 'secret' });
    expect((await suite.post('/servers/asleep/wake')).status).to.equal(401);
    expect((await suite.post('/servers/asleep/wake', { authorization: 'Bearer secret' })).status).to.equal(200);
  });
});
