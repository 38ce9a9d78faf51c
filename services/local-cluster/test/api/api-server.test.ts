import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { ServiceError } from '#shared/http/service-error.js';
import { startApiServer } from '../../api/api-server.js';
import { ApiFixture, configMaps } from './api-fixture.js';

describe('the embedded API server', () => {
  let api: ApiFixture;

  beforeEach(() => {
    api = new ApiFixture();
  });

  afterEach(() => api.dispose());

  describe('asks for its token', () => {
    const unauthorized = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    };

    for (const [title, authorization] of [
      ['a wrong one', 'Bearer wrong'],
      ['an empty one', ''],
      ['another scheme', 'Basic YTpi'],
    ] as const) {
      it(`and answers 401 with a Status to ${title}`, async () => {
        await api.start();
        const { code, body } = await api.client.call('GET', configMaps, { headers: { authorization } });
        expect(code).to.equal(401);
        expect(body).to.deep.equal(unauthorized);
      });
    }

    it('but tells everybody that it is there, and which version', async () => {
      await api.start();
      const get = (path: string) => api.client.call('GET', path, { anonymous: true });
      for (const path of ['/healthz', '/livez', '/readyz']) expect((await get(path)).text, path).to.equal('ok');
      expect((await get('/version')).body).to.include({ major: '1', minor: '34' });
      expect((await get('/api/v1/pods')).code).to.equal(401);
    });
  });

  describe('restarted', () => {
    it('has the same objects, certificate and token', async () => {
      const { kubeconfigPath, port } = await api.start();
      const kubeconfig = readFileSync(kubeconfigPath, 'utf8');
      await api.createConfigMap('a', { x: '1' });
      const before = await api.client.call('GET', `${configMaps}/a`);
      await api.stop();
      await api.start({ port });
      expect(readFileSync(kubeconfigPath, 'utf8')).to.equal(kubeconfig);
      expect((await api.client.call('GET', `${configMaps}/a`)).body).to.deep.equal(before.body);
    });

    it('fresh has no objects but what every cluster has, and the same access', async () => {
      const { kubeconfigPath, port } = await api.start();
      const kubeconfig = readFileSync(kubeconfigPath, 'utf8');
      await api.createConfigMap('a');
      await api.stop();
      await api.start({ port, fresh: true });
      expect(readFileSync(kubeconfigPath, 'utf8')).to.equal(kubeconfig);
      expect((await api.client.call('GET', `${configMaps}/a`)).code).to.equal(404);
      const { body } = await api.client.call('GET', '/api/v1/namespaces');
      const names = (body?.['items'] as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
      expect(names).to.deep.equal(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
    });

    it('lets a watcher of the time before go on where it was', async () => {
      await api.start();
      const { body } = await api.createConfigMap('a');
      const { resourceVersion } = body?.['metadata'] as { resourceVersion: string };
      await api.createConfigMap('b');
      await api.stop();
      await api.start();
      await api.createConfigMap('c');
      const watch = await api.client.watch(`${configMaps}?watch=1&resourceVersion=${resourceVersion}`);
      expect(await watch.take(2)).to.deep.equal(['ADDED b', 'ADDED c']);
      watch.close();
    });
  });

  it('names the port and its variable when the port is taken, and leaves the folder free', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const failure: unknown = await api.start({ port }).catch((error: unknown) => error);
    expect(failure)
      .to.be.instanceOf(ServiceError)
      .with.property('message')
      .that.includes(`port ${port}`)
      .and.includes('LOCAL_CLUSTER_PORT');
    other.close();
    await api.start();
  });

  it('refuses a folder that another one works in', async () => {
    await api.start();
    const failure: unknown = await startApiServer({ dataDir: api.dataDir }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(ServiceError).with.property('message').that.includes(api.dataDir).and.includes('in use');
    expect((await api.createConfigMap('still-there')).code).to.equal(201);
  });

  it('ends open watches when it closes', async () => {
    await api.start();
    const watch = await api.client.watch(`${configMaps}?watch=1`);
    const end = watch.next().catch(() => undefined);
    await api.stop();
    expect(await end).to.equal(undefined);
  });

  it('closes with connections that have not said a word yet, not even of TLS', async () => {
    const { url } = await api.start();
    const silent = connect(Number(new URL(url).port), '127.0.0.1');
    await once(silent, 'connect');
    const ended = once(silent, 'close');
    await api.stop();
    await ended;
  });
});
