import { expect } from 'chai';
import { CONTROL_CONFIG_MAP } from '#shared/kube/names.js';
import type { ConfigMap } from '#shared/kube/wire.js';
import { FakeKubeApi } from '#shared/testing/fake-kube-api.js';
import { call, runActuator, type RunningActuator } from './support/running-actuator.js';

const place = { prefix: '/api/v1', resource: 'configmaps', namespace: 'inferno', name: CONTROL_CONFIG_MAP.name };

describe('actuator: /control', () => {
  let api: FakeKubeApi;
  let actuator: RunningActuator;

  beforeEach(async () => {
    api = new FakeKubeApi();
    await api.listen();
    actuator = await runActuator(api, { apiToken: 'secret' });
  });
  afterEach(async () => {
    await actuator.stop();
    await api.close();
  });

  const put = (body: unknown, token = 'secret') =>
    call('PUT', `${actuator.url}/control`, body, { authorization: `Bearer ${token}` });

  it('has nothing paused while nothing is stored', async () => {
    const { status, data } = await call('GET', `${actuator.url}/control`);
    expect({ status, data: data }).to.deep.equal({ status: 200, data: { paused: false, servers: {} } });
  });

  it('creates namespace and ConfigMap at the first write, and stores what is paused in the cluster', async () => {
    expect((await put({ paused: false, servers: { a: true } })).status).to.equal(200);
    expect((await put({ paused: true })).data).to.deep.equal({ paused: true, servers: {} });
    const stored = api.objects.get(place) as { data: Record<string, string> };
    expect(JSON.parse(stored.data[CONTROL_CONFIG_MAP.key]!)).to.deep.equal({ paused: true, servers: {} });
    expect((await call('GET', `${actuator.url}/control`)).data).to.deep.equal({ paused: true, servers: {} });
  });

  it('wants the token for a change', async () => {
    expect((await put({ paused: true }, 'guess')).status).to.equal(401);
    expect((await call('POST', `${actuator.url}/update`, {})).status).to.equal(401);
    expect(api.writes()).to.deep.equal([]);
  });

  it('says clearly that it may not write', async () => {
    api.intercept = ({ method }) =>
      method === 'GET' ? undefined : { status: 403, reason: 'Forbidden', message: 'namespaces is forbidden' };
    const { status, data } = await put({ paused: true });
    expect(status).to.equal(503);
    expect((data as { error: { message: string } }).error.message).to.match(
      /inferno\/inferno-control cannot be written.*forbidden/,
    );
  });

  it('does not guess what a broken document means, and takes a new one', async () => {
    await put({ paused: true });
    const broken: ConfigMap = { data: { [CONTROL_CONFIG_MAP.key]: '{"paused":' } };
    api.objects.put(place, broken);
    const { status, data } = await call('GET', `${actuator.url}/control`);
    expect(status).to.equal(503);
    expect((data as { error: { message: string } }).error.message).to.include('control.json: is not JSON');
    expect((await put({ paused: false })).status).to.equal(200);
    expect((await call('GET', `${actuator.url}/control`)).status).to.equal(200);
  });

  it('refuses what is no control state', async () => {
    expect((await put({ paused: 'yes' })).status).to.equal(400);
  });
});
