import { expect } from 'chai';
import type { ServerEvent } from '#shared/contracts/loop.js';
import type { Deployment, KubeEvent } from '#shared/kube/wire.js';
import { FakeKubeApi } from '#shared/testing/fake-kube-api.js';
import { until } from '#shared/testing/until.js';
import { deployment } from './support/builders.js';
import {
  call,
  finishRollOut,
  getDeployment,
  putDeployment,
  replicasReach,
  runActuator,
  update,
  type RunningActuator,
} from './support/running-actuator.js';

describe('actuator: events', () => {
  let api: FakeKubeApi;
  let actuator: RunningActuator;
  let one: Deployment;

  beforeEach(async () => {
    api = new FakeKubeApi();
    await api.listen();
    actuator = await runActuator(api);
    api.objects.put({ prefix: '/api/v1', resource: 'namespaces', name: 'infer' }, { metadata: { name: 'infer' } });
    one = putDeployment(api, deployment());
  });
  afterEach(async () => {
    await actuator.stop();
    await api.close();
  });

  const written = (): KubeEvent[] =>
    api.objects.list({ prefix: '/api/v1', resource: 'events', namespace: 'infer' }, '').items as KubeEvent[];
  const told = (): (readonly [string, string])[] =>
    written().map(({ reason, message }) => [reason ?? '', message ?? ''] as const);

  function raise(events: Partial<ServerEvent>[], allocations: object = {}) {
    const usual = { server: 'server-dep1', type: 'Warning', reason: 'Unserved', message: 'no cards' };
    return call('POST', `${actuator.url}/update`, {
      allocations,
      'kube-resources': { 'server-dep1': { uid: one.metadata!.uid, name: 'dep1', space: 'infer' } },
      events: events.map((event) => ({ ...usual, ...event })),
    });
  }

  it('stand at the Deployment, also with nothing to update', async () => {
    expect((await raise([{}])).data).to.deep.equal({ results: {} });
    await until(() => written().length === 1);
    expect(written()[0]).to.deep.include({ type: 'Warning', reason: 'Unserved', message: 'no cards', count: 1 });
    expect(written()[0]!.involvedObject).to.deep.equal({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'infer',
      name: 'dep1',
      uid: 'uid-dep1',
    });
    expect(getDeployment(api, 'dep1')).to.deep.equal(one);
  });

  it('are not written anew in every cycle', async () => {
    await raise([{}]);
    for (let cycle = 0; cycle < 5; cycle++) await raise([{}]);
    await raise([{ message: 'other words' }]);
    await until(() => written().length === 2);
    expect(api.writes().map(({ method }) => method)).to.deep.equal(['POST', 'POST']);
  });

  it('that go with a change are raised only if it was applied', async () => {
    const event = { type: 'Normal' as const, reason: 'ScaledUp', message: '3 → 5', ifApplied: true };
    await raise([event], { 'server-dep1': { accelerator: 'unknown', numReplicas: 5, maxBatch: 64 } });
    await raise([event]);
    await raise([event, { message: 'the last' }], { 'server-dep1': { accelerator: '', numReplicas: 0 } });
    await until(() => written().length === 2);
    expect(told()).to.deep.equal([
      ['ScaledUp', '3 → 5'],
      ['Unserved', 'the last'],
    ]);
  });

  it('tell the end of a change of accelerator, with what it was', async () => {
    await update(actuator, [[one, { accelerator: 'G2', numReplicas: 1, maxBatch: 64 }]]);
    finishRollOut(api, 'dep1');
    await replicasReach(api, 'dep1', 1);
    await until(() => written().length === 1);
    expect(told()).to.deep.equal([['ChangeFinished', 'accelerator A100 → G2: done; replicas 3 → 1']]);
  });

  it('warn once of pods that may cut off requests, and again when they lack something else', async () => {
    const bare = deployment({ name: 'bare' });
    const spec = bare.spec!.template.spec!;
    delete spec.terminationGracePeriodSeconds;
    for (const container of spec.containers) delete container.lifecycle;
    let now = putDeployment(api, bare);
    await until(() => written().length === 1);
    expect(written()[0]).to.include({ type: 'Warning', reason: 'AbruptEnd' });
    expect(written()[0]!.involvedObject).to.include({ kind: 'Deployment', name: 'bare' });

    for (const replicas of [4, 5]) now = putDeployment(api, { ...now, spec: { ...now.spec!, replicas } });
    const mended = structuredClone(now);
    mended.spec!.template.spec!.terminationGracePeriodSeconds = 330;
    putDeployment(api, mended);
    await until(() => written().length === 2);
    expect(told().map(([, message]) => message)).to.deep.equal([
      'a roll-out may cut off requests: container vllm has no preStop hook, and terminationGracePeriodSeconds is 30, ' +
        'less than the drain timeout of 300 s',
      'a roll-out may cut off requests: container vllm has no preStop hook',
    ]);
    expect(api.writes().filter(({ path }) => path.includes('/events'))).to.have.length(2);
  });

  it('that cannot be written fail no update', async () => {
    api.intercept = ({ path }) => (path.includes('/events') ? { status: 403, reason: 'Forbidden' } : undefined);
    const { status, data } = await raise([{}], { 'server-dep1': { accelerator: '', numReplicas: 0 } });
    expect(status).to.equal(200);
    expect(data).to.have.nested.property('results.server-dep1.status', 'applied');
    await until(() => api.writes().some(({ path }) => path.includes('/events')));
    expect(written()).to.deep.equal([]);
  });

  it('refuses a reason that is no word', async () => {
    expect((await raise([{ reason: 'two words' }])).status).to.equal(400);
  });
});
