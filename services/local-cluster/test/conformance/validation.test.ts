import type { V1Status } from '@kubernetes/client-node';
import { expect } from 'chai';
import { container, immutable, invalid, resources } from './support/invalid-objects.js';
import type { ResourceName } from './support/invalid-objects.js';
import { onEachTarget } from './support/on-each-target.js';
import { essence } from './support/refusal.js';

onEachTarget('validation', (cluster) => {
  let namespace: string;

  before(async () => {
    namespace = await cluster().namespace();
    cluster().pods.hold(namespace);
  });

  const collection = (resource: ResourceName) => `${resources[resource][0]}/namespaces/${namespace}/${resource}`;
  const typed = (resource: ResourceName, object: object) => ({
    apiVersion: resources[resource][0].replace(/^\/apis?\//, ''),
    kind: resources[resource][1],
    ...object,
  });

  for (const { title, resource, object, causes } of invalid) {
    it(`refuses ${title} (${resource})`, async () => {
      const { status, body } = await cluster().request<V1Status>('POST', collection(resource), { body: typed(resource, object) });
      expect(body.message).to.be.a('string').and.not.equal('');
      const name = (object['metadata'] as { name?: string }).name;
      expect({ status, ...essence(body) }).to.deep.equal({
        status: 422,
        code: 422,
        reason: 'Invalid',
        kind: resources[resource][1],
        name,
        causes,
      });
    });
  }

  for (const [index, { title, resource, object, change, causes }] of immutable.entries()) {
    it(`refuses to change ${title}`, async () => {
      const name = `immutable-${index}`;
      const body = typed(resource, { ...object, metadata: { name } });
      expect((await cluster().request('POST', collection(resource), { body })).status).to.equal(201);
      const patched = await cluster().request<V1Status>('PATCH', `${collection(resource)}/${name}`, {
        body: change,
        headers: { 'content-type': 'application/merge-patch+json' },
      });
      expect(essence(patched.body)).to.deep.equal({ code: 422, reason: 'Invalid', kind: resources[resource][1], name, causes });
    });
  }

  for (const [title, body] of [
    ['no JSON', '{"metadata":'],
    ['another kind than the path', JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } })],
    ['another version than the path', JSON.stringify({ apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'a' } })],
    [
      'a number where text belongs',
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: 1 } }),
    ],
    [
      'a list where an object belongs',
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', labels: ['a'] } }),
    ],
  ] as const) {
    it(`refuses a body that has ${title} with 400`, async () => {
      const answer = await cluster().request<V1Status>('POST', collection('configmaps'), { body });
      expect({ status: answer.status, reason: answer.body.reason }).to.deep.equal({ status: 400, reason: 'BadRequest' });
    });
  }

  it('refuses a quantity that is none with 400', async () => {
    const body = typed('pods', container({ resources: { limits: { cpu: 'much' } } }));
    const answer = await cluster().request<V1Status>('POST', collection('pods'), { body });
    expect({ status: answer.status, reason: answer.body.reason }).to.deep.equal({ status: 400, reason: 'BadRequest' });
  });

  it('drops a field that it does not know, and refuses it when asked to be strict', async () => {
    const body = { ...typed('configmaps', { metadata: { name: 'unknown-field' } }), surprise: 1 };
    const strict = await cluster().request<V1Status>('POST', `${collection('configmaps')}?fieldValidation=Strict`, { body });
    expect({ status: strict.status, reason: strict.body.reason }).to.deep.equal({ status: 400, reason: 'BadRequest' });
    const lenient = await cluster().request('POST', collection('configmaps'), { body });
    expect(lenient.status).to.equal(201);
    expect(lenient.body).to.not.have.property('surprise');
  });

  it('writes quantities in their canonical form', async () => {
    const body = typed('pods', {
      ...container({ resources: { limits: { cpu: '0.5', memory: '1024Mi', 'nvidia.com/gpu': 1 } } }),
      metadata: { name: 'quantities' },
    });
    const { body: created } = await cluster().request<{ spec: { containers: { resources: object }[] } }>(
      'POST',
      collection('pods'),
      { body },
    );
    const quantities = { cpu: '500m', memory: '1Gi', 'nvidia.com/gpu': '1' };
    expect(created.spec.containers[0]?.resources).to.deep.equal({ limits: quantities, requests: quantities });
  });
});
