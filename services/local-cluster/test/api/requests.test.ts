import { expect } from 'chai';
import { ApiFixture, configMaps } from './api-fixture.js';

const deployments = '/apis/apps/v1/namespaces/default/deployments';

function deployment(name: string, spec: object = {}): object {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  return { metadata: { name }, spec: { selector: { matchLabels: labels }, template, ...spec } };
}

describe('requests to the embedded API server', () => {
  let api: ApiFixture;

  before(async () => {
    api = new ApiFixture();
    await api.start();
  });

  after(() => api.dispose());

  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    api.client.call('POST', path, { body, headers });

  it('with an unknown field warn by default, and are refused when the check is strict', async () => {
    const typo = deployment('typo', { replica: 3 });
    const warned = await post(`${deployments}?dryRun=All`, typo);
    expect(warned.code).to.equal(201);
    expect(warned.headers['warning']).to.equal('299 - "unknown field \\"spec.replica\\""');
    const strict = await post(`${deployments}?fieldValidation=Strict`, typo);
    expect(strict.body).to.deep.include({
      code: 400,
      reason: 'BadRequest',
      message:
        'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica"',
    });
    const ignored = await post(`${deployments}?fieldValidation=Ignore&dryRun=All`, typo);
    expect(ignored.headers['warning']).to.equal(undefined);
  });

  const bodies: [title: string, body: unknown, headers: Record<string, string>, code: number][] = [
    ['that is empty', '', {}, 400],
    ['that is not JSON', '{"metadata":', {}, 400],
    ['that is JSON and no object', '[]', {}, 400],
    ['of another kind', { kind: 'Secret', metadata: { name: 'a' } }, {}, 400],
    ['of another version', { apiVersion: 'v2', metadata: { name: 'a' } }, {}, 400],
    ['of another namespace', { metadata: { name: 'a', namespace: 'other' } }, {}, 400],
    ['without a name', { metadata: {} }, {}, 422],
    ['in a type that there is not', 'a', { 'content-type': 'text/plain' }, 415],
    ['in protobuf that is none', 'a', { 'content-type': 'application/vnd.kubernetes.protobuf' }, 400],
    ['in YAML that is none', 'a: b: c', { 'content-type': 'application/yaml' }, 400],
    ['beyond 3 MB', { metadata: { name: 'big' }, data: { x: 'x'.repeat(3.5e6) } }, {}, 413],
  ];
  for (const [title, body, headers, code] of bodies) {
    it(`with a body ${title} are answered with a Status of ${code}`, async () => {
      const answer = await post(configMaps, body, headers);
      expect(answer.code).to.equal(code);
      expect(answer.body).to.include({ kind: 'Status', status: 'Failure', code });
    });
  }

  it('take YAML bodies and answer in YAML', async () => {
    const headers = { 'content-type': 'application/yaml', accept: 'application/yaml' };
    const { code, text } = await post(configMaps, 'metadata:\n  name: from-yaml\ndata:\n  a: "1"\n', headers);
    expect(code).to.equal(201);
    expect(text).to.include('name: from-yaml');
  });

  const queries: [path: string, code: number][] = [
    [`${configMaps}?labelSelector=a%20in`, 400],
    [`${configMaps}?fieldSelector=x%3Dy`, 400],
    [`${configMaps}?resourceVersion=abc`, 400],
    [`${configMaps}?resourceVersion=999999`, 504],
    [`${configMaps}?limit=-1`, 400],
    [`${configMaps}?continue=nonsense`, 400],
    [`${configMaps}?watch=1&timeoutSeconds=x`, 400],
    [`${configMaps}?watch=1&sendInitialEvents=true`, 422],
    [`${configMaps}/none`, 404],
    ['/api/v1/configmaps/none', 404],
    ['/api/v1/frobnications', 404],
    ['/apis/apps/v2/deployments', 404],
    ['/apis/none', 404],
    ['/nowhere', 404],
    ['/api/v1/namespaces/default/nodes', 404],
    [`${configMaps}/none/status`, 404],
    [`${configMaps}/none/frobnicate`, 404],
  ];
  for (const [path, code] of queries) {
    it(`GET ${path} are answered with ${code}`, async () => expect((await api.client.call('GET', path)).code).to.equal(code));
  }

  it('with a method that is not allowed are answered with 405', async () => {
    for (const [method, path] of [
      ['POST', `${configMaps}/a`],
      ['PUT', configMaps],
      ['POST', '/api/v1/pods'],
      ['DELETE', '/api/v1/namespaces'],
      ['DELETE', `${deployments}/a/scale`],
    ] as const) {
      const answer = await api.client.call(method, path, { body: {} });
      expect(answer.body, `${method} ${path}`).to.include({ code: 405, reason: 'MethodNotAllowed' });
    }
  });

  it('of a dry run are answered as if done, and leave no trace', async () => {
    const created = await post(`${deployments}?dryRun=All`, deployment('dry'));
    expect(created.code).to.equal(201);
    expect((await api.client.call('GET', `${deployments}/dry`)).code).to.equal(404);
    expect((await post(`${deployments}?dryRun=Some`, deployment('dry'))).code).to.equal(400);
    await post(deployments, deployment('kept'));
    await api.client.call('DELETE', `${deployments}/kept?dryRun=All`);
    const patch = { body: { spec: { replicas: 9 } }, headers: { 'content-type': 'application/merge-patch+json' } };
    const patched = await api.client.call('PATCH', `${deployments}/kept?dryRun=All`, patch);
    expect(patched.body?.['spec']).to.include({ replicas: 9 });
    const { body } = await api.client.call('GET', `${deployments}/kept`);
    expect(body?.['spec']).to.include({ replicas: 1 });
  });

  it('that change nothing leave resource version and generation', async () => {
    const first = await post(deployments, deployment('same'));
    const patch = { body: { spec: { replicas: 1 } }, headers: { 'content-type': 'application/merge-patch+json' } };
    const second = await api.client.call('PATCH', `${deployments}/same`, patch);
    expect(second.body?.['metadata']).to.deep.equal(first.body?.['metadata']);
  });

  it('for metadata alone get it alone', async () => {
    await post(deployments, deployment('meta'));
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    const { body } = await api.client.call('GET', `${deployments}/meta`, { headers: { accept } });
    expect(Object.keys(body ?? {})).to.have.members(['kind', 'apiVersion', 'metadata']);
    expect(body).to.include({ kind: 'PartialObjectMetadata' });
  });

  it('that delete a namespace that every cluster has are refused with 403', async () => {
    const { body } = await api.client.call('DELETE', '/api/v1/namespaces/kube-system');
    expect(body).to.include({ code: 403, reason: 'Forbidden' });
  });
});
