import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { V1ConfigMap, V1Container, V1Deployment } from '@kubernetes/client-node';
import { expect } from 'chai';
import { deployment, template } from './support/manifests.js';
import { onEachTarget } from './support/on-each-target.js';
import { essence, refusal } from './support/refusal.js';

const as = (strategy: PatchStrategy) => setHeaderOptions('Content-Type', strategy);
const json = as(PatchStrategy.JsonPatch);
const merge = as(PatchStrategy.MergePatch);
const strategic = as(PatchStrategy.StrategicMergePatch);

onEachTarget('patches', (cluster) => {
  describe('of a config map', () => {
    let namespace: string;
    const patch = (body: unknown, options: typeof json): Promise<V1ConfigMap> =>
      cluster().core.patchNamespacedConfigMap({ namespace, name: 'settings', body }, options);

    beforeEach(async () => {
      namespace = await cluster().namespace();
      const body = { metadata: { name: 'settings', labels: { tier: 'web' } }, data: { a: '1', b: '2' } };
      await cluster().core.createNamespacedConfigMap({ namespace, body });
    });

    it('JSON patch tests, adds, replaces, moves, copies and removes', async () => {
      const patched = await patch(
        [
          { op: 'test', path: '/data/a', value: '1' },
          { op: 'replace', path: '/data/a', value: '10' },
          { op: 'add', path: '/data/c', value: '3' },
          { op: 'copy', from: '/data/c', path: '/data/d' },
          { op: 'move', from: '/data/b', path: '/data/e' },
          { op: 'remove', path: '/data/c' },
          { op: 'add', path: '/metadata/labels/example.com~1key', value: 'x' },
        ],
        json,
      );
      expect(patched.data).to.deep.equal({ a: '10', d: '3', e: '2' });
      expect(patched.metadata?.labels).to.deep.equal({ tier: 'web', 'example.com/key': 'x' });
    });

    it('JSON patch changes nothing when one of its steps does not hold', async () => {
      const steps = [
        { op: 'replace', path: '/data/a', value: '10' },
        { op: 'test', path: '/data/b', value: 'other' },
      ];
      expect(essence(await refusal(patch(steps, json)))).to.deep.include({ code: 422, reason: 'Invalid' });
      const removal = [{ op: 'remove', path: '/data/none' }];
      expect(essence(await refusal(patch(removal, json)))).to.deep.include({ code: 422, reason: 'Invalid' });
      expect((await cluster().core.readNamespacedConfigMap({ namespace, name: 'settings' })).data).to.deep.equal({
        a: '1',
        b: '2',
      });
    });

    it('merge patch sets keys, and null deletes them', async () => {
      const patched = await patch({ data: { a: null, c: '3' }, metadata: { labels: { tier: null } } }, merge);
      expect(patched.data).to.deep.equal({ b: '2', c: '3' });
      expect(patched.metadata?.labels).to.equal(undefined);
    });

    it('strategic merge patch replaces a map as a whole when told so', async () => {
      const patched = await patch({ data: { $patch: 'replace', only: '1' } }, strategic);
      expect(patched.data).to.deep.equal({ only: '1' });
    });

    it('that is stale by its resourceVersion is refused with 409, in every kind of patch', async () => {
      const { metadata } = await cluster().core.readNamespacedConfigMap({ namespace, name: 'settings' });
      const stale = metadata!.resourceVersion!;
      await patch({ data: { a: 'newer' } }, merge);
      const bodies: [unknown, typeof json][] = [
        [{ metadata: { resourceVersion: stale }, data: { a: 'x' } }, merge],
        [{ metadata: { resourceVersion: stale }, data: { a: 'x' } }, strategic],
        [
          [
            { op: 'replace', path: '/metadata/resourceVersion', value: stale },
            { op: 'replace', path: '/data/a', value: 'x' },
          ],
          json,
        ],
      ];
      for (const [body, options] of bodies) {
        expect(essence(await refusal(patch(body, options)))).to.deep.equal({
          code: 409,
          reason: 'Conflict',
          kind: 'configmaps',
          name: 'settings',
        });
      }
    });

    it('of many writers at once are all taken, when none names a resourceVersion', async () => {
      const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
      await Promise.all(keys.map((key) => patch({ data: { [key]: 'set' } }, merge)));
      const { data } = await cluster().core.readNamespacedConfigMap({ namespace, name: 'settings' });
      expect(data).to.include.all.keys(keys);
    });

    it('that changes nothing leaves the resourceVersion', async () => {
      const before = await cluster().core.readNamespacedConfigMap({ namespace, name: 'settings' });
      const after = await patch({ data: { a: '1' } }, merge);
      expect(after.metadata?.resourceVersion).to.equal(before.metadata?.resourceVersion);
    });

    it('cannot rename it or change its identity', async () => {
      const rename = await refusal(patch({ metadata: { name: 'other' } }, merge));
      expect(essence(rename)).to.deep.include({ code: 400, reason: 'BadRequest' });
      const identity = await refusal(patch({ metadata: { uid: 'other' } }, merge));
      expect(essence(identity)).to.deep.include({ code: 422, reason: 'Invalid', causes: ['metadata.uid: FieldValueInvalid'] });
    });

    it('of a content type that is no patch is refused with 415', async () => {
      const path = `/api/v1/namespaces/${namespace}/configmaps/settings`;
      const { status, body } = await cluster().request('PATCH', path, { body: {} });
      expect({ status, reason: body['reason'] }).to.deep.equal({ status: 415, reason: 'UnsupportedMediaType' });
    });

    it('that is not JSON is refused with 400', async () => {
      const path = `/api/v1/namespaces/${namespace}/configmaps/settings`;
      const headers = { 'content-type': 'application/merge-patch+json' };
      const { status, body } = await cluster().request('PATCH', path, { body: '{"data":', headers });
      expect({ status, reason: body['reason'] }).to.deep.equal({ status: 400, reason: 'BadRequest' });
    });

    it('of what does not exist is answered with 404', async () => {
      const call = cluster().core.patchNamespacedConfigMap({ namespace, name: 'none', body: {} }, merge);
      expect(essence(await refusal(call))).to.deep.equal({ code: 404, reason: 'NotFound', kind: 'configmaps', name: 'none' });
    });
  });

  describe('of a deployment', () => {
    let namespace: string;
    const patch = (body: unknown, options: typeof json): Promise<V1Deployment> =>
      cluster().apps.patchNamespacedDeployment({ namespace, name: 'web', body }, options);
    const containersOf = ({ spec }: V1Deployment): V1Container[] => spec!.template.spec!.containers;
    const podSpec = (spec: object) => ({ spec: { template: { spec } } });

    const containers: V1Container[] = [
      {
        name: 'server',
        image: 'server:1',
        env: [
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ],
        args: ['--one', '--two'],
        ports: [{ containerPort: 8000, name: 'http' }],
        resources: { limits: { 'nvidia.com/gpu': '1' } },
      },
      { name: 'sidecar', image: 'sidecar:1' },
    ];

    beforeEach(async () => {
      namespace = await cluster().namespace();
      const body = deployment('web', { paused: true, replicas: 0, template: template({ app: 'web' }, { containers }) });
      await cluster().apps.createNamespacedDeployment({ namespace, body });
    });

    it('strategic merge finds containers, environment and ports by their keys', async () => {
      const server = {
        name: 'server',
        env: [
          { name: 'B', value: '20' },
          { name: 'C', value: '3' },
        ],
        ports: [{ containerPort: 9000 }],
      };
      const [first, second] = containersOf(await patch(podSpec({ containers: [server] }), strategic));
      expect(first).to.include({ name: 'server', image: 'server:1' });
      expect([...first!.env!].sort((left, right) => left.name.localeCompare(right.name))).to.deep.equal([
        { name: 'A', value: '1' },
        { name: 'B', value: '20' },
        { name: 'C', value: '3' },
      ]);
      expect(first!.ports!.map(({ containerPort }) => containerPort).sort()).to.deep.equal([8000, 9000]);
      expect(second).to.include({ name: 'sidecar' });
    });

    it('strategic merge replaces lists that have no key', async () => {
      const [first] = containersOf(await patch(podSpec({ containers: [{ name: 'server', args: ['--three'] }] }), strategic));
      expect(first?.args).to.deep.equal(['--three']);
    });

    it('strategic merge deletes by null and by directive', async () => {
      const server = {
        name: 'server',
        args: null,
        env: [{ name: 'A', $patch: 'delete' }],
        resources: { limits: { 'nvidia.com/gpu': null } },
      };
      const sidecar = { name: 'sidecar', $patch: 'delete' };
      const left = containersOf(await patch(podSpec({ containers: [server, sidecar] }), strategic));
      expect(left).to.have.length(1);
      expect(left[0]?.args).to.equal(undefined);
      expect(left[0]?.env).to.deep.equal([{ name: 'B', value: '2' }]);
      expect(left[0]?.resources?.limits ?? {}).to.deep.equal({});
    });

    it('strategic merge adds a container that is not there, and puts the list in the order that it is told', async () => {
      const body = podSpec({
        '$setElementOrder/containers': [{ name: 'new' }, { name: 'sidecar' }, { name: 'server' }],
        containers: [{ name: 'new', image: 'new:1' }],
      });
      const names = containersOf(await patch(body, strategic)).map(({ name }) => name);
      expect(names).to.deep.equal(['new', 'sidecar', 'server']);
    });

    it('strategic merge replaces the whole list when told so', async () => {
      const body = podSpec({ containers: [{ $patch: 'replace' }, { name: 'only', image: 'only:1' }] });
      expect(containersOf(await patch(body, strategic)).map(({ name }) => name)).to.deep.equal(['only']);
    });

    it('merge patch replaces lists', async () => {
      const patched = containersOf(await patch(podSpec({ containers: [{ name: 'only', image: 'only:1' }] }), merge));
      expect(patched.map(({ name }) => name)).to.deep.equal(['only']);
      expect(patched[0]?.env).to.equal(undefined);
    });

    it('JSON patch reaches into lists by index', async () => {
      const path = '/spec/template/spec/containers/0';
      const steps = [
        { op: 'replace', path: `${path}/image`, value: 'server:2' },
        { op: 'add', path: `${path}/env/-`, value: { name: 'C', value: '3' } },
        { op: 'remove', path: `${path}/args/0` },
      ];
      const [first] = containersOf(await patch(steps, json));
      expect(first).to.deep.include({ image: 'server:2', args: ['--two'] });
      expect(first?.env?.map(({ name }) => name)).to.deep.equal(['A', 'B', 'C']);
    });

    it('that makes it invalid is refused with the causes and changes nothing', async () => {
      const status = await refusal(patch({ spec: { replicas: -1 } }, merge));
      expect(essence(status)).to.deep.equal({
        code: 422,
        reason: 'Invalid',
        kind: 'Deployment',
        name: 'web',
        causes: ['spec.replicas: FieldValueInvalid'],
      });
      expect((await cluster().apps.readNamespacedDeployment({ namespace, name: 'web' })).spec?.replicas).to.equal(0);
    });

    it('of a value of the wrong type is refused', async () => {
      const status = await refusal(patch({ spec: { replicas: 'many' } }, merge));
      expect(status.code).to.be.oneOf([400, 422]);
    });
  });
});
