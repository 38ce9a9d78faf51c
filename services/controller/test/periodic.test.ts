import { EventEmitter, once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import { cycleRecordSchema, cyclesResponseSchema, type ServersResponse } from '#shared/contracts/controller.js';
import { until } from '#shared/testing/until.js';
import type { Answer } from './support/fake-peer.js';
import { server } from './support/fleet.js';
import { startSuite, type Suite, type SuiteOptions } from './support/suite.js';

const START = Date.UTC(2026, 0, 1);

describe('periodic operation', () => {
  let suite: Suite;

  afterEach(() => suite.stop());

  async function start(options: Partial<SuiteOptions>): Promise<{ clock: ManualClock; cycles: () => Promise<string[]> }> {
    const clock = new ManualClock(START);
    suite = await startSuite({ fleet: [server('a')], clock, ...options });
    // A cycle on demand runs after all that were due, so its answer tells that they are over.
    const cycles = async (): Promise<string[]> => {
      await suite.invoke('?dryRun=true');
      const answer = cyclesResponseSchema.parse((await suite.get('/cycles')).data);
      return answer.cycles.map(({ trigger, at }) => `${trigger}@${(at - START) / 1000}`).reverse();
    };
    return { clock, cycles };
  }

  it('runs at once, then every period, with cycles on demand in between', async () => {
    const { clock, cycles } = await start({ periodSec: 10 });
    expect(await cycles()).to.deep.equal(['period@0']);
    await clock.advance(10_000);
    expect(await cycles()).to.deep.equal(['period@0', 'period@10']);
    await suite.invoke();
    await clock.advance(10_000);
    expect(await cycles()).to.deep.equal(['period@0', 'period@10', 'invoke@10', 'period@20']);
    expect((await suite.get('/servers')).data).to.include({ nextCycleAt: START + 30_000 });
  });

  it('scales down on readings a period apart, whatever is asked for in between', async () => {
    const { clock, cycles } = await start({ periodSec: 10, fleet: [server('a', { replicas: 5, rate: 20 })] });
    await suite.invoke();
    await suite.invoke();
    expect(suite.updates).to.deep.equal([]);
    await clock.advance(10_000);
    await cycles();
    expect(suite.updates.map(({ allocations }) => allocations['a']?.numReplicas)).to.deep.equal([2]);
  });

  it('scales down on readings of two times of a schedule', async () => {
    const { clock, cycles } = await start({ schedule: '*/15 * * * * *', fleet: [server('a', { replicas: 5, rate: 20 })] });
    await suite.invoke();
    await clock.advance(15_000);
    await cycles();
    await suite.invoke();
    expect(suite.updates).to.deep.equal([]);
    await clock.advance(15_000);
    await cycles();
    expect(suite.updates.map(({ allocations }) => allocations['a']?.numReplicas)).to.deep.equal([2]);
  });

  it('runs on demand only with a period of 0', async () => {
    const { clock, cycles } = await start({ periodSec: 0 });
    await clock.advance(3_600_000);
    expect(await cycles()).to.deep.equal([]);
    expect((await suite.get('/servers')).data).to.include({ nextCycleAt: null });
  });

  it('skips a tick that falls into a running cycle, and counts it', async () => {
    const { clock, cycles } = await start({ periodSec: 10, collectTimeoutSec: 10 });
    await cycles();
    const arrivals = new EventEmitter();
    const arrived = once(arrivals, 'collect');
    suite.collector.misbehave((_, response) => {
      arrivals.once('release', () => void response.status(404).end());
      arrivals.emit('collect');
    });
    await clock.advance(10_000);
    await arrived;
    await clock.advance(20_000);
    suite.collector.misbehave(undefined);
    arrivals.emit('release');
    expect(await cycles()).to.deep.equal(['period@0', 'period@10']);
    expect((await suite.get('/metrics')).data).to.contain('inferno_ticks_skipped_total{service="controller"} 2');
    await clock.advance(10_000);
    expect(await cycles()).to.deep.equal(['period@0', 'period@10', 'period@40']);
  });

  it('runs early again while a peer is away, and acts on nothing till then', async () => {
    // A POST is sent once, so what the optimizer refuses is a failed cycle at once.
    const away: Answer = (_, response) => void response.status(503).end();
    const { clock, cycles } = await start({ periodSec: 60, fleet: [server('a', { replicas: 1, rate: 40 })] });
    await cycles();
    suite.updates.splice(0);
    suite.fleet = [server('a', { replicas: 1, rate: 40 })];
    suite.optimizer.misbehave(away);
    const latest = async () => cyclesResponseSchema.parse((await suite.get('/cycles')).data).cycles[0];
    await clock.advance(60_000);
    await until(async () => (await latest())?.outcome === 'failed');
    await until(async () => ((await suite.get('/servers')).data as ServersResponse).nextCycleAt === START + 61_000);
    expect(suite.updates).to.deep.equal([]);
    suite.optimizer.misbehave(undefined);
    await clock.advance(1000);
    expect(await cycles()).to.deep.equal(['period@0', 'period@60', 'period@61']);
    expect(suite.updates.map(({ allocations }) => allocations['a']?.numReplicas)).to.deep.equal([4]);
    expect((await suite.get('/servers')).data).to.include({ nextCycleAt: START + 120_000 });
  });

  it('runs at the times of a schedule instead of a period', async () => {
    const { clock, cycles } = await start({ periodSec: 10, schedule: '*/15 * * * * *' });
    for (let step = 0; step < 4; step++) {
      await clock.advance(10_000);
      await cycles();
    }
    expect(await cycles()).to.deep.equal(['schedule@15', 'schedule@30']);
  });

  it('keeps the minimum of a schedule from its start to its end', async () => {
    const schedule = [{ start: '0 1 * * *', end: '0 2 * * *', timeZone: 'UTC', minReplicas: 5 }];
    const { clock } = await start({ periodSec: 0, fleet: [server('a', { status: { schedule } })] });
    const hour = 3_600_000;
    expect((await suite.invoke('?dryRun=true')).servers['a']?.planned.numReplicas).to.equal(2);
    await clock.advance(hour);
    const { planned, verdict } = (await suite.invoke('?dryRun=true')).servers['a']!;
    expect(planned.numReplicas).to.equal(5);
    expect(verdict.reason).to.contain('scheduled minimum 5 ("0 1 * * *" to "0 2 * * *" UTC)');
    await clock.advance(hour);
    expect((await suite.invoke('?dryRun=true')).servers['a']?.planned.numReplicas).to.equal(2);
  });

  describe('/events', () => {
    async function listenTo(): Promise<{ stream: IncomingMessage; next: () => Promise<string> }> {
      const stream = await new Promise<IncomingMessage>((resolve) => get(`${suite.url}/events`, resolve));
      stream.setEncoding('utf8');
      const next = async (): Promise<string> => {
        let text = '';
        while (!text.endsWith('\n\n')) text += String((await once(stream, 'data'))[0]);
        return text;
      };
      return { stream, next };
    }

    it('sends each finished cycle, heartbeats in between, and ends when the controller stops', async () => {
      const { clock } = await start({ periodSec: 0 });
      const { stream, next } = await listenTo();
      expect(stream.headers['content-type']).to.match(/^text\/event-stream/);
      const event = next();
      const record = await suite.invoke();
      const text = await event;
      expect(text).to.match(/^id: 1\nevent: cycle\ndata: \{.*\}\n\n$/);
      expect(cycleRecordSchema.parse(JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? ''))).to.deep.equal(record);

      const heartbeat = next();
      await clock.advance(15_000);
      expect(await heartbeat).to.equal(': \n\n');

      const ended = once(stream, 'end');
      await suite.stop();
      await ended;
      suite = await startSuite({ fleet: [] });
    });

    it('takes 64 clients and refuses the next', async () => {
      await start({ periodSec: 0 });
      const streams = await Promise.all(Array.from({ length: 64 }, () => listenTo()));
      expect((await suite.get('/events')).status).to.equal(503);
      const [first] = streams;
      first?.stream.destroy();
      for (const { stream } of streams.slice(1)) stream.destroy();
    });
  });
});
