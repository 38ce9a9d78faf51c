import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { generate } from 'selfsigned';
import { ApiFixture } from './api-fixture.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A kubelet that answers log requests as a test wants, under a certificate that nobody has signed. */
class FakeKubelet {
  handler: Handler = (_request, response) => response.end();
  #server: Server | undefined;

  async start(): Promise<number> {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'kubelet' }], {
      keyType: 'ec',
      algorithm: 'sha256',
    });
    this.#server = createServer({ key, cert }, (request, response) => this.handler(request, response)).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    this.#server?.closeAllConnections();
    await closed;
  }
}

describe('pod logs through the embedded API server', () => {
  const kubelet = new FakeKubelet();
  let api: ApiFixture;
  const pods = '/api/v1/namespaces/default/pods';

  before(async () => {
    api = new ApiFixture();
    await api.start();
    await createNode('n', await kubelet.start());
    await createNode('gone', 1);
    await createPod('one', 'n', ['main']);
    await createPod('two', 'n', ['main', 'side']);
    await createPod('nowhere', undefined, ['main']);
    await createPod('lost', 'gone', ['main']);
  });

  after(async () => {
    await api.dispose();
    await kubelet.stop();
  });

  async function createNode(name: string, port: number): Promise<void> {
    const status = {
      addresses: [
        { type: 'Hostname', address: 'does-not-resolve.invalid' },
        { type: 'InternalIP', address: '127.0.0.1' },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    };
    await api.client.call('POST', '/api/v1/nodes', { body: { metadata: { name }, status } });
  }

  async function createPod(name: string, nodeName: string | undefined, containers: string[]): Promise<void> {
    const spec = { nodeName, containers: containers.map((container) => ({ name: container, image: 'i' })) };
    expect((await api.client.call('POST', pods, { body: { metadata: { name }, spec } })).code).to.equal(201);
  }

  it('ask the kubelet of the node for the container, with the options', async () => {
    let asked = '';
    kubelet.handler = (request, response) => {
      asked = request.url ?? '';
      response.end('line 1\nline 2\n');
    };
    const { code, text } = await api.client.call('GET', `${pods}/one/log?tailLines=2&previous=true&pretty=true`);
    expect([code, text]).to.deep.equal([200, 'line 1\nline 2\n']);
    expect(asked).to.equal('/containerLogs/default/one/main?previous=true&tailLines=2');
  });

  it('pass on each line as it comes, and hang up when the client does', async () => {
    let source: ServerResponse | undefined;
    kubelet.handler = (_request, response) => {
      source = response;
      response.write('first\n');
    };
    const stream = await api.client.open('GET', `${pods}/one/log?follow=true`);
    const lines = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    expect(String((await lines.next()).value)).to.equal('first\n');
    source!.write('second\n');
    expect(String((await lines.next()).value)).to.equal('second\n');
    const hungUp = once(source!, 'close');
    stream.destroy();
    await hungUp;
  });

  it('need the name of the container where there are several', async () => {
    kubelet.handler = (request, response) => response.end(request.url);
    const unnamed = await api.client.call('GET', `${pods}/two/log`);
    expect(unnamed.body).to.include({
      code: 400,
      message: 'a container name must be specified for pod two, choose one of: [main side]',
    });
    expect((await api.client.call('GET', `${pods}/two/log?container=side`)).text).to.equal('/containerLogs/default/two/side');
    const wrong = await api.client.call('GET', `${pods}/two/log?container=none`);
    expect(wrong.body).to.include({ code: 400, message: 'container none is not valid for pod two' });
  });

  it('of a pod on no node are empty', async () => {
    expect((await api.client.call('GET', `${pods}/nowhere/log`)).code).to.equal(204);
  });

  it('that the kubelet refuses are answered in its words', async () => {
    kubelet.handler = (_request, response) => response.writeHead(400).end('previous terminated container "main" not found\n');
    const { body } = await api.client.call('GET', `${pods}/one/log?previous=true`);
    expect(body).to.include({ code: 400, reason: 'BadRequest', message: 'previous terminated container "main" not found' });
    kubelet.handler = (_request, response) => response.writeHead(404).end('no such pod');
    expect((await api.client.call('GET', `${pods}/one/log`)).body).to.include({ code: 404, reason: 'NotFound' });
  });

  it('of a kubelet that is not there are answered with 500, naming its address', async () => {
    const { body } = await api.client.call('GET', `${pods}/lost/log`);
    expect(body).to.include({ code: 500, reason: 'InternalError' });
    expect(body?.['message']).to.include('https://127.0.0.1:1/containerLogs/default/lost/main');
  });

  it('end when the kubelet breaks off, without an end that looks regular', async () => {
    kubelet.handler = (_request, response) => {
      response.write('half\n');
      setImmediate(() => response.destroy());
    };
    const failure: unknown = await api.client.call('GET', `${pods}/one/log?follow=true`).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Error);
  });
});
