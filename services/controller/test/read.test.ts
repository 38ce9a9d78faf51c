import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import {
  cycleRecordSchema,
  cyclesResponseSchema,
  explainResponseSchema,
  serversResponseSchema,
} from '#shared/contracts/controller.js';
import { workersResponseSchema } from '#shared/contracts/loop.js';
import { openCycleLog } from '../adapters/cycle-log.js';
import { server } from './support/fleet.js';
import { startSuite, type Suite } from './support/suite.js';

describe('what the controller tells', () => {
  let suite: Suite;

  beforeEach(async () => {
    suite = await startSuite({ fleet: [server('busy', { rate: 35 }), server('lost', { rate: 'scrape: HTTP 500' })] });
  });

  afterEach(() => suite.stop());

  it('/cycles: the latest first, as many as asked for', async () => {
    for (let run = 0; run < 3; run++) await suite.invoke();
    const { cycles } = cyclesResponseSchema.parse((await suite.get('/cycles?limit=2')).data);
    expect(cycles.map(({ cycle }) => cycle)).to.deep.equal([3, 2]);
    for (const limit of ['0', '11', '-1', 'x', '1.5']) {
      expect((await suite.get(`/cycles?limit=${limit}`)).status, limit).to.equal(400);
    }
  });

  it('/servers: what the latest cycle that decided anything saw', async () => {
    expect((await suite.get('/servers')).data).to.deep.include({ cycle: null, servers: {} });
    await suite.invoke();
    suite.collector.misbehave((_, response) => void response.status(500).end());
    await suite.invoke();
    const { cycle, servers } = serversResponseSchema.parse((await suite.get('/servers')).data);
    expect(cycle).to.equal(1);
    expect(Object.keys(servers)).to.deep.equal(['busy', 'lost']);
  });

  it('/servers/:name/workers: the pods of a server as they are now; 404 for one that is not there', async () => {
    const { status, data } = await suite.get('/servers/busy/workers');
    expect(status).to.equal(200);
    const workers = workersResponseSchema.parse(data);
    expect(workers.map(({ pod, state }) => [pod, state])).to.deep.equal([
      ['busy-0', 'ACTIVE'],
      ['busy-1', 'ACTIVE'],
    ]);
    for (const name of ['nobody', 'constructor', '__proto__']) {
      const answer = await suite.get(`/servers/${name}/workers`);
      expect(answer.status, name).to.equal(404);
      expect(JSON.stringify(answer.data)).to.contain('known: busy, lost');
    }
    await suite.collector.close();
    expect((await suite.get('/servers/busy/workers')).status).to.equal(503);
  });

  it('/explain: JSON with measured load, candidates, verdict and summary', async () => {
    await suite.invoke();
    const explanation = explainResponseSchema.parse((await suite.get('/explain/busy')).data);
    expect(explanation.load.arrivalRate).to.deep.equal({ value: 35, at: 0, source: 'scrape' });
    expect(explanation.targets).to.deep.equal({ itl: 40, ttft: 1000, tps: 0 });
    expect(explanation.optimizer?.candidates.map(({ accelerator, chosen }) => [accelerator, chosen])).to.deep.equal([
      ['L4', true],
      ['A100', false],
      ['2xA100', false],
    ]);
    expect(explanation.verdict.action).to.equal('scale-up');
    expect(explanation.result).to.deep.equal({ status: 'applied', reason: 'as told' });
    expect(explanation.predicted).to.deep.equal({ itl: 25, ttft: 200 });
  });

  it('/explain: text where text is asked for', async () => {
    await suite.invoke();
    const { data, headers } = await suite.get('/explain/busy', { accept: 'text/plain' });
    expect(headers['content-type']).to.match(/^text\/plain/);
    expect(data)
      .to.contain('busy: class Premium (priority 1), model m.')
      .and.contain('Load: 35 requests/min (scrape) of 50 in and 100 out tokens.')
      .and.contain('Verdict: scale-up: 2 → 4 × L4')
      .and.contain('A100: 1 replica, 40 cents/hr, up to 50 requests/min each')
      .and.contain('not chosen: dearer')
      .and.not.contain('dearer: dearer');
    const lost = (await suite.get('/explain/lost', { accept: 'text/plain' })).data;
    expect(lost).to.contain('Load: unknown (scrape: HTTP 500)').and.contain('Verdict: hold: stays at 2 × L4: load unknown');
  });

  it('/explain: 404 for a server that nobody knows, names like a property of every object included', async () => {
    expect((await suite.get('/explain/busy')).status).to.equal(404);
    await suite.invoke();
    for (const name of ['nobody', 'constructor', '__proto__', 'toString']) {
      const { status, data } = await suite.get(`/explain/${name}`);
      expect(status, name).to.equal(404);
      expect(JSON.stringify(data)).to.contain('known: busy, lost');
    }
  });

  it('/metrics: series by server, by stage and by outcome; those of a server that is gone go', async () => {
    await suite.invoke();
    suite.collector.misbehave((_, response) => void response.status(500).end());
    await suite.invoke();
    const before = (await suite.get('/metrics')).data;
    for (const line of [
      'inferno_desired_replicas{server="busy",service="controller"} 4',
      'inferno_current_replicas{server="busy",service="controller"} 2',
      'inferno_cost_cents_per_hour{server="busy",service="controller"} 40',
      'inferno_slo_itl_ms{server="busy",service="controller"} 40',
      'inferno_held{server="lost",reason="load-unknown",service="controller"} 1',
      'inferno_capacity_cards{type="L4",kind="total",service="controller"} 20',
      'inferno_capacity_cards{type="L4",kind="used",service="controller"} 4',
      'inferno_cycles_total{outcome="ok",service="controller"} 1',
      'inferno_cycles_total{outcome="failed",service="controller"} 1',
      'inferno_cycle_duration_seconds_count{service="controller",stage="collect"} 2',
      'inferno_cycle_duration_seconds_count{service="controller",stage="optimize"} 1',
    ]) {
      expect(before).to.contain(line);
    }
    // An unknown rate has no series; a zero would be a lie.
    expect(before).not.to.contain('inferno_arrival_rate_per_minute{server="lost"');

    suite.collector.misbehave(undefined);
    suite.fleet = suite.fleet.filter(({ name }) => name === 'lost');
    await suite.invoke();
    expect((await suite.get('/metrics')).data).not.to.contain('server="busy"');
  });

  it('/health: stays healthy while a peer is down, and says which', async () => {
    expect((await suite.get('/health')).data).to.include({ status: 'ok', loop: 'starting' });
    await suite.optimizer.close();
    await suite.invoke();
    const { status, data } = await suite.get('/health');
    expect(status).to.equal(200);
    expect(data).to.deep.include({ status: 'ok', loop: 'degraded' });
    const { peers } = z.object({ peers: z.record(z.string(), z.string()) }).parse(data);
    expect(peers).to.deep.include({ collector: 'ok', actuator: 'not asked' });
    expect(peers['optimizer']).to.contain('ECONNREFUSED');
  });

  it('the cycle log has one JSON line a cycle, dry runs not among them', async () => {
    const folder = suite.dataPath;
    const path = join(folder, 'cycles.jsonl');
    const logging = await startSuite({ fleet: [server('a')], cycleLog: path });
    await logging.invoke();
    await logging.invoke('?dryRun=true');
    await logging.invoke();
    await logging.stop();
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => cycleRecordSchema.parse(JSON.parse(line)).cycle)).to.deep.equal([1, 3]);
  });

  it('does not start on a cycle log that it cannot write, and names the variable', async () => {
    const path = join(suite.dataPath, 'no', 'such', 'folder.jsonl');
    const error = await openCycleLog(path).then(
      () => '',
      (reason: unknown) => (reason as Error).message,
    );
    expect(error).to.contain('INFERNO_CYCLE_LOG').and.contain(path);
  });
});
