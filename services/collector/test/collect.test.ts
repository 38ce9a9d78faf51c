import axios from 'axios';
import { expect } from 'chai';
import { realClock } from '#shared/clock/real-clock.js';
import { collectResponseSchema, isMissing, type CollectResponse } from '#shared/contracts/loop.js';
import { listen, type Listening } from '#shared/http/listen.js';
import { CONTROL_CONFIG_MAP, labels } from '#shared/kube/names.js';
import type { ConfigMap, Deployment, KubeObject, Pod } from '#shared/kube/wire.js';
import { silentLogger } from '#shared/observe/logger.js';
import { createMetrics } from '#shared/observe/metrics.js';
import { FakeKubeApi } from '#shared/testing/fake-kube-api.js';
import { until } from '#shared/testing/until.js';
import { startCollector, type Collector } from '../collector.js';
import { deployment, pod, replicaSet, vllmPage } from './support/builders.js';
import { MetricsPod } from './support/metrics-pod.js';

const NAME = 'server-dep1';
const INTERVAL_SEC = 0.1;
const load = { [labels.rpm]: '60', [labels.inTokens]: '128', [labels.outTokens]: '512' };

describe('collector: GET /collect', () => {
  let api: FakeKubeApi;
  let collector: Collector;
  let listening: Listening;
  const metricsPods: MetricsPod[] = [];

  beforeEach(async () => {
    api = new FakeKubeApi();
    await api.listen();
    await start();
  });
  afterEach(async () => {
    await stop();
    await api.close();
    await Promise.all(metricsPods.splice(0).map((one) => one.close()));
  });

  async function start(staleLimitSec = 0.3): Promise<void> {
    collector = startCollector({
      kubeConfig: api.kubeConfig(),
      clock: realClock,
      logger: silentLogger,
      registry: createMetrics('collector'),
      watchNamespace: '',
      namespace: 'inferno',
      staleLimitSec,
      scrape: true,
      scrapeIntervalSec: INTERVAL_SEC,
      // Long for an answer, even of 9 MiB, on a machine with other things to do.
      scrapeTimeoutSec: 1,
      scrapeConcurrency: 4,
      windowSec: 2,
    });
    listening = await listen(collector.app, { host: '127.0.0.1', port: 0, portVariable: 'COLLECTOR_PORT' });
  }

  async function stop(): Promise<void> {
    await listening.close(0);
    await collector.stop();
  }

  function put(resource: string, object: KubeObject): void {
    const prefix = ['pods', 'configmaps'].includes(resource) ? '/api/v1' : '/apis/apps/v1';
    const { namespace, name } = object.metadata!;
    api.objects.put({ prefix, resource, namespace, name }, object);
  }

  function putServer(one: Deployment, ...pods: Pod[]): void {
    put('deployments', one);
    put('replicasets', replicaSet(one));
    pods.forEach((each) => put('pods', each));
  }

  async function metricsPod(): Promise<{ server: MetricsPod; port: number }> {
    const server = new MetricsPod();
    metricsPods.push(server);
    return { server, port: await server.listen() };
  }

  async function ask(): Promise<{ status: number; reason: string; body: CollectResponse }> {
    const { status, data } = await axios.get<unknown>(`${listening.url}/collect`, { validateStatus: () => true });
    const reason = (data as { error?: { message: string } }).error?.message ?? '';
    return { status, reason, body: status === 200 ? collectResponseSchema.parse(data) : (undefined as never) };
  }

  /** The first answer that satisfies a condition. */
  async function answerWhere(condition: (body: CollectResponse) => boolean): Promise<CollectResponse> {
    let found: CollectResponse | undefined;
    await until(async () => {
      const { status, body } = await ask();
      if (status === 200 && condition(body)) found = body;
      return found !== undefined;
    });
    return found!;
  }

  const readingOf = (body: CollectResponse, figure: 'arrivalRate' | 'itlAverage' = 'arrivalRate') => body.readings[NAME]![figure];

  it('follows the cluster: servers that come, are relabelled, and go', async () => {
    expect((await answerWhere(() => true)).servers).to.deep.equal([]);
    putServer(deployment({ labels: load }), pod(deployment()));
    const first = await answerWhere(({ status }) => status[NAME]?.readyReplicas === 1);
    expect(first.servers[0]!.currentAlloc!.load!.arrivalRate).to.equal(60);
    put('deployments', deployment({ labels: { ...load, [labels.rpm]: '180' } }));
    await answerWhere(({ servers }) => servers[0]?.currentAlloc?.load?.arrivalRate === 180);
    api.objects.delete({ prefix: '/apis/apps/v1', resource: 'deployments', namespace: 'infer', name: 'dep1' });
    await answerWhere(({ servers }) => servers.length === 0);
    expect(
      api.requests.filter(({ path }) => path.endsWith('/deployments')),
      'one list, not one per cycle',
    ).to.have.length(1);
  });

  it('measures load and latency in the pods, and prefers it to labels', async () => {
    const { server, port } = await metricsPod();
    const began = performance.now();
    // Ten requests finish each second, of 512 tokens with 20 ms between two of them.
    server.serve(() => {
      const count = (performance.now() - began) / 100;
      const tally = (each: number) => ({ sum: count * each, count });
      return vllmPage({
        completions: count,
        itl: tally(0.02),
        ttft: tally(0.25),
        promptTokens: tally(128),
        generationTokens: tally(512),
      });
    });
    putServer(deployment({ labels: load }), pod(deployment(), { port }));
    // Over the first tenths of a second a moment's delay is a large part of the time measured over.
    const { servers, readings, replicas } = await answerWhere((body) => {
      const reading = body.readings[NAME]?.arrivalRate;
      const isMeasured = reading !== undefined && !isMissing(reading) && reading.source === 'scrape';
      return isMeasured && Math.abs((body.servers[0]?.currentAlloc?.load?.arrivalRate ?? 0) - 600) < 60;
    });
    const { currentAlloc } = servers[0]!;
    expect(currentAlloc!.load!.avgOutTokens).to.be.closeTo(512, 1e-6);
    expect(currentAlloc!.itlAverage).to.be.closeTo(20, 1e-6);
    expect(currentAlloc!.ttftAverage).to.be.closeTo(250, 1e-6);
    expect(readings[NAME]!.kvCacheUsage).to.include({ value: 0.25 });
    expect(replicas[0]!.name).to.equal('server-dep1/dep1-pod');
  });

  const failures: { name: string; answer: MetricsPod['answer']; says: RegExp }[] = [
    { name: 'hangs', answer: () => undefined, says: /no answer within 1000 ms/ },
    { name: 'answers 500', answer: (response) => response.writeHead(500).end(vllmPage()), says: /HTTP 500/ },
    { name: 'redirects', answer: (response) => response.writeHead(302, { location: '/' }).end(), says: /HTTP 302/ },
    { name: 'answers HTML', answer: (response) => response.end('<html></html>\n'), says: /line 1 is no metric/ },
    { name: 'answers half a line', answer: (response) => response.end(vllmPage().slice(0, 60)), says: /cut off/ },
    { name: 'breaks off', answer: breakOff, says: /aborted|ECONNRESET|socket/ },
    { name: 'never ends', answer: trickle, says: /no answer within 1000 ms/ },
    { name: 'sends too much', answer: (response) => response.end('#'.repeat(9 * 1024 * 1024)), says: /maxContentLength/ },
  ];
  for (const { name, answer, says } of failures) {
    it(`knows nothing of a pod that ${name}, and goes on`, async () => {
      const { server, port } = await metricsPod();
      server.answer = answer;
      putServer(deployment(), pod(deployment(), { port }));
      const body = await answerWhere(({ readings }) => {
        const reading = readings[NAME]?.arrivalRate;
        return reading !== undefined && isMissing(reading) && says.test(reading.missing);
      });
      expect(body.servers[0]!.currentAlloc).not.to.have.property('load');
      // The control: the same pod, idle and well, is a measured zero.
      server.serve(() => vllmPage());
      const idle = await answerWhere(({ readings }) => !isMissing(readings[NAME]!.arrivalRate));
      expect(readingOf(idle)).to.include({ value: 0, source: 'scrape' });
      expect(idle.servers[0]!.currentAlloc!.load).to.include({ arrivalRate: 0 });
      expect(isMissing(readingOf(idle, 'itlAverage'))).to.equal(true);
    });
  }

  it('lets a measured load become unknown, not zero, when the pod hangs from then on', async () => {
    const { server, port } = await metricsPod();
    let completions = 0;
    server.serve(() => vllmPage({ completions: completions++ }));
    putServer(deployment(), pod(deployment(), { port }));
    await answerWhere(({ readings }) => readings[NAME] !== undefined && !isMissing(readings[NAME].arrivalRate));
    server.answer = () => undefined;
    await answerWhere(({ readings }) => {
      const reading = readings[NAME]!.arrivalRate;
      return isMissing(reading) && /no answer.*; last figures/.test(reading.missing);
    });
  });

  it('tells nothing before it has seen the cluster, and after it lost sight of it', async () => {
    putServer(deployment({ labels: load }));
    await answerWhere(({ servers }) => servers.length === 1);
    await api.close();
    await until(async () => (await ask()).status === 503);
    expect((await ask()).reason).to.match(
      /^the cluster cannot be seen: (deployments|replicasets|pods|configmaps): no contact with the API server since/,
    );
    const health = await axios.get(`${listening.url}/health`, { validateStatus: () => true });
    expect(health.status).to.equal(503);

    await stop();
    await start();
    expect((await ask()).reason).to.equal(
      'the cluster cannot be seen: deployments were not read yet; replicasets were not read yet; pods were not read yet; configmaps were not read yet',
    );

    await api.listen();
    const back = await answerWhere(() => true);
    expect(back.servers[0]!.currentAlloc!.load!.arrivalRate).to.equal(60);
  });

  it('answers from what it knows while the API server is away for a moment', async () => {
    await stop();
    await start(60);
    putServer(deployment({ labels: load }));
    await answerWhere(({ servers }) => servers.length === 1);
    await api.close();
    expect((await ask()).status).to.equal(200);
    await api.listen();
    put('deployments', deployment({ labels: { ...load, [labels.rpm]: '90' } }));
    await answerWhere(({ servers }) => servers[0]?.currentAlloc?.load?.arrivalRate === 90);
  });

  it('tells the workers of a server with the requests that they counted', async () => {
    const { server, port } = await metricsPod();
    server.serve(() => vllmPage({ running: 2, waiting: 1, completions: 7 }));
    putServer(deployment(), pod(deployment(), { port }));
    const { workers } = await answerWhere((body) => typeof body.workers[NAME]?.[0]?.totalProcessed === 'number');
    expect(workers[NAME]).to.have.length(1);
    expect(workers[NAME]![0]).to.include({ pod: 'dep1-pod', state: 'ACTIVE', activeRequests: 3, totalProcessed: 7 });
  });

  it('tells what was paused by hand', async () => {
    const control: ConfigMap = {
      metadata: { name: CONTROL_CONFIG_MAP.name, namespace: 'inferno' },
      data: { [CONTROL_CONFIG_MAP.key]: '{"paused":true}' },
    };
    expect((await answerWhere(() => true)).control.paused).to.equal(false);
    put('configmaps', control);
    expect((await answerWhere((body) => body.control.paused)).problems).to.deep.equal([]);
  });
});

function breakOff(response: Parameters<MetricsPod['answer']>[0]): void {
  response.writeHead(200, { 'content-length': '100000' });
  response.write(vllmPage());
  setImmediate(() => response.destroy());
}

/** A byte now and then, so that no idle timeout ever fires. */
function trickle(response: Parameters<MetricsPod['answer']>[0]): void {
  const timer = setInterval(() => response.write('# a\n'), 20);
  response.once('close', () => clearInterval(timer));
}
