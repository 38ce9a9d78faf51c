import { expect } from 'chai';
import { annotations, labels } from '#shared/kube/names.js';
import { FakeKubeApi } from '#shared/testing/fake-kube-api.js';
import { until } from '#shared/testing/until.js';
import type { AllocationTarget } from '../core/plan-patch.js';
import { deployment, placements } from './support/builders.js';
import {
  call,
  deleteDeployment,
  finishRollOut,
  getDeployment,
  putDeployment,
  replicasReach,
  runActuator,
  update,
  type RunningActuator,
} from './support/running-actuator.js';

const to = (accelerator: string, numReplicas: number, maxBatch = 64) => ({ accelerator, numReplicas, maxBatch });

describe('actuator: POST /update', () => {
  let api: FakeKubeApi;
  let actuator: RunningActuator;

  beforeEach(async () => {
    api = new FakeKubeApi();
    await api.listen();
    actuator = await runActuator(api);
  });
  afterEach(async () => {
    await actuator.stop();
    await api.close();
  });

  it('sets the count of what is named, once, and leaves all else untouched', async () => {
    const one = putDeployment(api, deployment({ name: 'dep1' }));
    const other = putDeployment(api, deployment({ name: 'dep2' }));
    expect(await update(actuator, [[one, to('A100', 5)]])).to.deep.equal({
      'server-dep1': { status: 'applied', reason: 'replicas 3 → 5' },
    });
    expect(getDeployment(api, 'dep1').spec!.replicas).to.equal(5);
    expect(getDeployment(api, 'dep1').metadata!.annotations).to.include({ [annotations.lastWrittenReplicas]: '5' });
    expect(getDeployment(api, 'dep2')).to.deep.equal(other);

    expect((await update(actuator, [[one, to('A100', 5)]]))['server-dep1']).to.have.property('status', 'unchanged');
    expect(api.writes()).to.have.length(1);
  });

  it('sets the count without placements, as long as the accelerator is the one that runs', async () => {
    const one = putDeployment(api, deployment());
    const bare = (target: AllocationTarget) =>
      call('POST', `${actuator.url}/update`, {
        allocations: { 'server-dep1': target },
        'kube-resources': { 'server-dep1': { uid: one.metadata!.uid, name: 'dep1', space: 'infer' } },
      });
    expect((await bare(to('A100', 5))).data).to.have.nested.property('results.server-dep1.status', 'applied');
    expect(getDeployment(api, 'dep1').spec!.replicas).to.equal(5);
    expect((await bare(to('G2', 4))).data).to.have.nested.property('results.server-dep1.status', 'failed');
    expect(getDeployment(api, 'dep1').spec!.replicas).to.equal(5);
  });

  it('refuses a plan by parts, which no Deployment can have, whole', async () => {
    const one = putDeployment(api, deployment());
    const { status, data } = await call('POST', `${actuator.url}/update`, {
      allocations: { 'server-dep1': to('A100', 5) },
      parts: { 'server-dep2': [to('A100', 1), to('G2', 1)] },
      'kube-resources': { 'server-dep1': { uid: one.metadata!.uid, name: 'dep1', space: 'infer' } },
      accelerators: placements,
    });
    expect(status).to.equal(400);
    expect(data).to.have.nested.property('error.message').that.contains('must be absent: one Deployment has one template');
    expect(api.writes()).to.deep.equal([]);
  });

  it('repairs the template of a server that asks for the cards of two accelerators, and says nothing of one that is well', async () => {
    const wedged = deployment();
    wedged.spec!.template.spec!.containers[1]!.resources!.limits!['inferno.io/AIU2'] = '2';
    const named = [putDeployment(api, wedged), putDeployment(api, deployment({ name: 'dep2' }))];
    const body = {
      allocations: {},
      repair: ['server-dep1', 'server-dep2'],
      'kube-resources': Object.fromEntries(
        named.map(({ metadata }) => [`server-${metadata!.name!}`, { uid: metadata!.uid, name: metadata!.name, space: 'infer' }]),
      ),
      accelerators: placements,
    };
    const { data } = await call('POST', `${actuator.url}/update`, body);
    const reason = 'pod template put right for accelerator A100; replicas stay at 3';
    expect(data).to.deep.equal({ results: { 'server-dep1': { status: 'applied', reason } } });
    const [, container] = getDeployment(api, 'dep1').spec!.template.spec!.containers;
    expect(container!.resources!.limits).to.deep.equal({ cpu: '1', 'inferno.io/A100': '1' });
    expect((await call('POST', `${actuator.url}/update`, body)).data).to.deep.equal({ results: {} });
  });

  it('changes the accelerator in two phases, the count after the new pods are available', async () => {
    const one = putDeployment(api, deployment());
    const results = await update(actuator, [[one, to('G2', 1)]]);
    expect(results['server-dep1']).to.have.property('status', 'applied');
    expect(getDeployment(api, 'dep1').spec!.replicas).to.equal(3);
    expect(getDeployment(api, 'dep1').spec!.template.metadata!.labels).to.have.property(labels.accelerator, 'G2');
    await until(
      async () => ((await call('GET', `${actuator.url}/status`)).data as { underWay: unknown[] }).underWay.length === 1,
    );
    const { underWay } = (await call('GET', `${actuator.url}/status`)).data as { underWay: Record<string, unknown>[] };
    expect(underWay[0]).to.include({ server: 'server-dep1', phase: 'template' });

    finishRollOut(api, 'dep1');
    await replicasReach(api, 'dep1', 1);
    expect(api.writes().filter(({ path }) => path.endsWith('/dep1'))).to.have.length(2);
    await until(
      async () => ((await call('GET', `${actuator.url}/status`)).data as { underWay: unknown[] }).underWay.length === 0,
    );
  });

  it('finishes after a restart what the one before began', async () => {
    const one = putDeployment(api, deployment());
    await update(actuator, [[one, to('G2', 5)]]);
    await actuator.stop();
    finishRollOut(api, 'dep1');
    expect(getDeployment(api, 'dep1').spec!.replicas).to.equal(3);
    actuator = await runActuator(api);
    await replicasReach(api, 'dep1', 5);
  });

  it('tries again to set a count when the API server was away at that moment', async () => {
    const one = putDeployment(api, deployment());
    await update(actuator, [[one, to('G2', 5)]]);
    let refusals = 0;
    api.intercept = ({ method }) => {
      if (method !== 'PATCH' || refusals === 2) return undefined;
      refusals++;
      return { status: 500, reason: 'InternalError' };
    };
    finishRollOut(api, 'dep1');
    await replicasReach(api, 'dep1', 5);
    expect(refusals).to.equal(2);
  });

  it('goes on when the API server was away and is back', async () => {
    const one = putDeployment(api, deployment());
    await update(actuator, [[one, to('G2', 5)]]);
    await api.close();
    await until(async () => (await call('GET', `${actuator.url}/health`)).status === 503);
    expect(await update(actuator, [[one, to('G2', 5)]])).to.have.nested.property('server-dep1.status', 'failed');
    finishRollOut(api, 'dep1');
    await api.listen();
    await replicasReach(api, 'dep1', 5);
    await until(async () => (await call('GET', `${actuator.url}/health`)).status === 200);
  });

  it('plans anew on the fresh object when somebody else wrote in between', async () => {
    const one = putDeployment(api, deployment());
    let rivals = 2;
    api.intercept = ({ method }) => {
      if (method !== 'PATCH' || rivals === 0) return undefined;
      rivals--;
      const present = getDeployment(api, 'dep1');
      putDeployment(api, { ...present, metadata: { ...present.metadata, annotations: { rival: String(rivals) } } });
      return undefined;
    };
    expect(await update(actuator, [[one, to('A100', 5)]])).to.have.nested.property('server-dep1.status', 'applied');
    const after = getDeployment(api, 'dep1');
    expect(after.spec!.replicas).to.equal(5);
    expect(after.metadata!.annotations).to.have.property('rival', '0');
  });

  it('gives up after some tries against somebody who writes all the time', async () => {
    const one = putDeployment(api, deployment());
    api.intercept = ({ method }) => {
      if (method === 'PATCH') putDeployment(api, getDeployment(api, 'dep1'));
      return undefined;
    };
    const { status, reason } = (await update(actuator, [[one, to('A100', 5)]]))['server-dep1']!;
    expect({ status, reason }).to.deep.equal({
      status: 'failed',
      reason: 'Deployment infer/dep1 changed under each of 5 tries',
    });
    expect(getDeployment(api, 'dep1').spec!.replicas).to.equal(3);
  });

  it('says of each server what became of it; one that fails stops no other', async () => {
    const names = ['good', 'gone', 'late', 'reborn', 'broken', 'unmanaged', 'unknown'];
    const all = new Map(names.map((name) => [name, putDeployment(api, deployment({ name }))]));
    deleteDeployment(api, 'gone');
    deleteDeployment(api, 'reborn');
    putDeployment(api, {
      ...deployment({ name: 'reborn' }),
      metadata: { ...deployment({ name: 'reborn' }).metadata, uid: 'other' },
    });
    const unmanaged = all.get('unmanaged')!;
    putDeployment(api, { ...unmanaged, metadata: { ...unmanaged.metadata, labels: { [labels.name]: 'server-unmanaged' } } });
    api.intercept = ({ method, path }) => {
      if (method === 'PATCH' && path.endsWith('/late')) deleteDeployment(api, 'late');
      return path.endsWith('/broken') ? { status: 500, reason: 'InternalError', message: 'etcd is ill' } : undefined;
    };
    const results = await update(
      actuator,
      names.map((name) => [all.get(name)!, to(name === 'unknown' ? 'H900' : 'A100', 4)] as const),
    );
    expect(Object.keys(results)).to.deep.equal(names.map((name) => `server-${name}`));
    expect(Object.fromEntries(Object.entries(results).map(([server, { status }]) => [server, status]))).to.deep.equal({
      'server-good': 'applied',
      'server-gone': 'gone',
      'server-late': 'gone',
      'server-reborn': 'gone',
      'server-broken': 'failed',
      'server-unmanaged': 'held',
      'server-unknown': 'failed',
    });
    expect(results['server-broken']!.reason).to.include('etcd is ill');
    expect(results['server-unknown']!.reason).to.include('H900');
    expect(getDeployment(api, 'reborn').spec!.replicas).to.equal(3);
    expect(getDeployment(api, 'unknown')).to.deep.equal(all.get('unknown'));
  });

  it('fails a server whose Deployment is another server, or is not named', async () => {
    const one = putDeployment(api, deployment());
    const resource = { uid: one.metadata!.uid, name: 'dep1', space: 'infer' };
    const { data } = await call('POST', `${actuator.url}/update`, {
      allocations: { stranger: to('A100', 5), nameless: to('A100', 5) },
      'kube-resources': { stranger: resource },
    });
    expect(data).to.deep.equal({
      results: {
        stranger: { status: 'failed', reason: 'Deployment infer/dep1 is server server-dep1, not stranger' },
        nameless: { status: 'failed', reason: 'kube-resources names no Deployment for it' },
      },
    });
    expect(api.writes()).to.deep.equal([]);
  });

  const malformed = [
    { name: 'no count, which would mean zero', body: { allocations: { s: { accelerator: 'A100' } }, 'kube-resources': {} } },
    { name: 'a negative count', body: { allocations: { s: to('A100', -1) }, 'kube-resources': {} } },
    { name: 'half a replica', body: { allocations: { s: to('A100', 1.5) }, 'kube-resources': {} } },
    { name: 'no kube-resources', body: { allocations: {} } },
    { name: 'a list', body: [] },
    { name: 'half of JSON', body: '{"allocations":' },
  ];
  for (const { name, body } of malformed) {
    it(`refuses ${name} with 400 and a list`, async () => {
      const answer = await call('POST', `${actuator.url}/update`, body, { 'content-type': 'application/json' });
      expect(answer.status).to.equal(400);
      expect((answer.data as { error: { message: string } }).error.message).to.match(/allocations|kube-resources|object|body/);
      expect(api.requests.filter(({ method }) => method !== 'GET')).to.deep.equal([]);
    });
  }
});
