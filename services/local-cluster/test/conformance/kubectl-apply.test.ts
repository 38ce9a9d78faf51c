import type { V1DeploymentSpec } from '@kubernetes/client-node';
import { expect } from 'chai';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployment, template } from './support/manifests.js';
import { onEachKubectl } from './support/on-each-kubectl.js';

const web = (spec: Partial<V1DeploymentSpec> = {}) => deployment('web', { replicas: 2, ...spec });
const image = (name: string) => template({ app: 'web' }, { containers: [{ name: 'server', image: name }] });

onEachKubectl('apply and create', ({ cluster, namespace, run, attempt }) => {
  it('apply creates, finds unchanged, configures, and takes away what was removed', async () => {
    const first = web({
      template: template(
        { app: 'web' },
        {
          containers: [
            {
              name: 'server',
              image: 'server:1',
              env: [
                { name: 'A', value: '1' },
                { name: 'B', value: '2' },
              ],
              args: ['--verbose'],
            },
          ],
        },
      ),
    });
    first.metadata!.annotations = { 'example.com/note': 'here' };
    expect(await run('apply -f -', first)).to.equal('deployment.apps/web created\n');
    expect(await run('apply -f -', first)).to.equal('deployment.apps/web unchanged\n');
    const second = web({
      replicas: 3,
      template: template(
        { app: 'web' },
        { containers: [{ name: 'server', image: 'server:2', env: [{ name: 'B', value: '2' }] }] },
      ),
    });
    expect(await run('apply -f -', second)).to.equal('deployment.apps/web configured\n');
    const { metadata, spec } = await cluster().apps.readNamespacedDeployment({ namespace: namespace(), name: 'web' });
    expect(metadata?.annotations).to.not.have.property('example.com/note');
    expect(spec?.replicas).to.equal(3);
    const container = spec?.template.spec?.containers[0];
    expect(container).to.deep.include({ image: 'server:2', env: [{ name: 'B', value: '2' }] });
    expect(container?.args).to.equal(undefined);
  });

  it('apply keeps what others set beside it', async () => {
    const manifest = deployment('web', { template: image('server:1') });
    await run('apply -f -', manifest);
    await run('label deployment web added=by-hand');
    await run('scale deployment web --replicas=5');
    expect(await run('apply -f -', { ...manifest, spec: { ...manifest.spec, template: image('server:2') } })).to.equal(
      'deployment.apps/web configured\n',
    );
    const { metadata, spec } = await cluster().apps.readNamespacedDeployment({ namespace: namespace(), name: 'web' });
    expect(metadata?.labels).to.include({ app: 'web', added: 'by-hand' });
    expect(spec?.replicas).to.equal(5);
  });

  it('apply takes a file of several documents and a list', async () => {
    const yaml = ['a', 'b']
      .map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  key: value\n`)
      .join('---\n');
    expect(await run('apply -f -', yaml)).to.equal('configmap/a created\nconfigmap/b created\n');
    const list = { apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }] };
    expect(await run('apply -f -', list)).to.equal('configmap/c created\n');
  });

  it('apply --dry-run=server says what would be and leaves it', async () => {
    expect(await run('apply --dry-run=server -f -', web())).to.equal('deployment.apps/web created (server dry run)\n');
    expect((await cluster().apps.listNamespacedDeployment({ namespace: namespace() })).items).to.deep.equal([]);
    await run('apply -f -', web());
    const changed = web({ replicas: 7 });
    expect(await run('apply --dry-run=server -f -', changed)).to.equal('deployment.apps/web configured (server dry run)\n');
    expect((await cluster().apps.readNamespacedDeployment({ namespace: namespace(), name: 'web' })).spec?.replicas).to.equal(2);
  });

  it('apply of a bad object fails and tells why', async () => {
    const { code, stderr } = await attempt('apply -f -', web({ replicas: -1 }));
    expect(code).to.equal(1);
    expect(stderr).to.contain(
      'The Deployment "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
  });

  it('create refuses what exists', async () => {
    await run('create -f -', web());
    const { code, stderr } = await attempt('create -f -', web());
    expect({ code, exists: stderr.includes('deployments.apps "web" already exists') }).to.deep.equal({ code: 1, exists: true });
  });

  it('create makes namespaces and config maps from files and literals', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'inferno-conformance-'));
    try {
      await writeFile(join(folder, 'settings.json'), '{"a": 1}\n');
      await run(`create configmap settings --from-file=${folder}/settings.json --from-literal=mode=fast`);
    } finally {
      await rm(folder, { recursive: true });
    }
    const { data } = await cluster().core.readNamespacedConfigMap({ namespace: namespace(), name: 'settings' });
    expect(data).to.deep.equal({ 'settings.json': '{"a": 1}\n', mode: 'fast' });
    const made = `${namespace()}-made`;
    expect(await run(`create namespace ${made}`)).to.equal(`namespace/${made} created\n`);
  });
});
