import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import { readSettings } from '#shared/config/settings.js';
import { createKubeClient, type KubeClient } from '#shared/kube/kube-client.js';
import { annotations, labels } from '#shared/kube/names.js';
import type { Deployment } from '#shared/kube/wire.js';
import { silentLogger, type Logger } from '#shared/observe/logger.js';
import { FakeKubeApi } from '#shared/testing/fake-kube-api.js';
import { until } from '#shared/testing/until.js';
import { createKubeLoadStore } from '../adapters/kube-load-store.js';
import { settings } from '../config.js';
import { createEmulator, type Emulator } from '../emulator.js';

const declared = { [labels.rpm]: '60', [labels.inTokens]: '128', [labels.outTokens]: '512' };
const INTERVAL_MS = 10_000;

/** Tells when the emulator is done with a step: then it schedules the next one. */
class StepClock extends ManualClock {
  scheduled = 0;

  override schedule(delayMs: number, callback: () => void): () => void {
    this.scheduled++;
    return super.schedule(delayMs, callback);
  }
}

describe('load emulator', () => {
  let api: FakeKubeApi;
  let client: KubeClient;
  let clock: StepClock;
  let emulator: Emulator;
  let warnings: string[];

  beforeEach(async () => {
    api = new FakeKubeApi();
    await api.listen();
    client = createKubeClient(api.kubeConfig());
    clock = new StepClock();
    warnings = [];
    emulator = start();
  });
  afterEach(async () => {
    await emulator.stop();
    client.close();
    await api.close();
  });

  function start(): Emulator {
    const logger: Logger = {
      ...silentLogger,
      warn: (message, fields) => warnings.push(`${message} ${JSON.stringify(fields)}`),
    };
    const store = createKubeLoadStore(client, '');
    const one = createEmulator({ store, clock, logger, intervalMs: INTERVAL_MS, alpha: 0.5, theta: 0.2, seed: 'seed' });
    one.start();
    return one;
  }

  const place = (name: string) => ({ prefix: '/apis/apps/v1', resource: 'deployments', namespace: 'infer', name });

  function put(name: string, given: Record<string, string> = declared): void {
    const managed = { [labels.managed]: 'true', [labels.name]: `server-${name}` };
    api.objects.put(place(name), { metadata: { name, namespace: 'infer', labels: { ...managed, ...given } } });
  }

  const get = (name: string) => api.objects.get(place(name)) as Deployment;
  const rateOf = (name: string) => get(name).metadata?.labels?.[labels.rpm];

  /** One interval later, when all requests of the step are answered. */
  async function step(): Promise<void> {
    const before = clock.scheduled;
    await clock.advance(INTERVAL_MS);
    await until(() => clock.scheduled > before);
  }

  it('walks every load once per interval, the first time after one', async () => {
    put('a');
    put('b');
    await clock.advance(INTERVAL_MS - 1);
    expect(api.requests).to.deep.equal([]);
    await step();
    expect(api.writes()).to.have.length(2);
    expect(rateOf('a')).to.match(/^\d+$/).and.not.equal(rateOf('b'));
    await step();
    expect(api.writes()).to.have.length(4);
  });

  it('repeats exactly with its seed, whatever else there is', async () => {
    put('a');
    await step();
    await step();
    const once = get('a').metadata!.labels;
    await emulator.stop();
    put('0-first');
    put('a');
    emulator = start();
    await step();
    await step();
    expect(get('a').metadata!.labels).to.deep.equal(once);
  });

  it('goes on after a restart from the original load', async () => {
    put('a');
    await step();
    const noted = get('a').metadata!.annotations![annotations.originalLoad];
    await emulator.stop();
    emulator = start();
    await step();
    expect(get('a').metadata!.annotations![annotations.originalLoad]).to.equal(noted);
  });

  it('leaves alone what is not managed or declares no load', async () => {
    put('idle', {});
    put('foreign', { ...declared, [labels.managed]: 'false' });
    await step();
    expect(api.writes()).to.deep.equal([]);
  });

  it('lets no bad Deployment stop the others', async () => {
    put('a-bad', { ...declared, [labels.rpm]: 'many' });
    put('b-refused');
    put('c-good');
    api.intercept = ({ method, path }) =>
      method === 'PATCH' && path.endsWith('b-refused') ? { status: 500, reason: 'InternalError', message: 'ill' } : undefined;
    await step();
    expect(rateOf('c-good')).not.to.equal('60');
    expect(warnings).to.have.length(2);
    expect(warnings[0]).to.include(`infer/a-bad: its load stays`).and.include('many');
    expect(warnings[1]).to.include('infer/b-refused').and.include('ill');
  });

  it('steps from the fresh load when somebody else wrote in between', async () => {
    put('a');
    let rivals = 1;
    api.intercept = ({ method }) => {
      if (method === 'PATCH' && rivals-- > 0) put('a', { ...declared, app: 'changed' });
      return undefined;
    };
    await step();
    expect(get('a').metadata!.labels).to.include({ app: 'changed' });
    expect(rateOf('a')).not.to.equal('60');
    expect(warnings).to.deep.equal([]);
  });

  it('is not troubled by a Deployment that goes meanwhile', async () => {
    put('a');
    api.intercept = ({ method }) => {
      if (method === 'PATCH') api.objects.delete(place('a'));
      return undefined;
    };
    await step();
    expect(warnings).to.deep.equal([]);
  });

  it('goes on when the API server was away', async () => {
    put('a');
    api.intercept = () => 'cut';
    await step();
    expect(warnings[0]).to.match(/^the Deployments cannot be listed/);
    api.intercept = () => undefined;
    await step();
    expect(rateOf('a')).not.to.equal('60');
  });
});

describe('load emulator: settings', () => {
  it('takes interval and alpha as arguments over the environment', () => {
    const env = { INFERNO_LOAD_INTERVAL: '30', INFERNO_LOAD_ALPHA: '0.1' };
    expect(readSettings(settings, env, ['10', '0.25'])).to.include({ intervalSec: 10, alpha: 0.25, theta: 0.2 });
    expect(readSettings(settings, env, [])).to.include({ intervalSec: 30, alpha: 0.1 });
    expect(readSettings(settings, {}, [])).to.include({ intervalSec: 60, alpha: 0.5 });
  });

  for (const alpha of ['0', '1', '-0.5', 'half']) {
    it(`refuses alpha ${alpha}`, () => {
      expect(() => readSettings(settings, {}, ['60', alpha])).to.throw('must be a number between 0 and 1, both excluded');
    });
  }
});
