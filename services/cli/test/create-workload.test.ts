import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Deployment } from '#shared/kube/wire.js';
import { FakeKubeApi } from '#shared/testing/fake-kube-api.js';
import { createWorkload } from '../create-workload.js';

describe('inferno create', () => {
  const api = new FakeKubeApi();
  const signal = new AbortController().signal;
  let folder = '';
  let kubeconfig = '';

  before(async () => {
    await api.listen();
    folder = await mkdtemp(join(tmpdir(), 'inferno-create-'));
    kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, api.kubeConfig().exportConfig());
  });
  after(async () => {
    await api.close();
    await rm(folder, { recursive: true });
  });

  it('creates what is absent, and leaves alone what is there', async () => {
    const config = { kubeconfig, workload: 'yamls/workload' };
    expect(await createWorkload(config, signal)).to.match(/^created Namespace infer, Deployment infer\/dep1, .*infer\/dep4$/);
    const place = { prefix: '/apis/apps/v1', resource: 'deployments', namespace: 'infer', name: 'dep1' };
    const created = api.objects.get(place) as Deployment;
    expect(created.metadata!.labels).to.have.property('app', 'dep1');
    const decided = api.objects.put(place, { ...created, spec: { ...created.spec!, replicas: 7 } });
    expect(await createWorkload(config, signal)).to.equal('all is there already');
    expect(api.objects.get(place)).to.deep.equal(decided);
  });

  it('names the variable of a folder that does not exist, before it asks the cluster', async () => {
    const error = await createWorkload({ kubeconfig: '/nowhere', workload: join(folder, 'none') }, signal).catch(
      (reason: unknown) => (reason as Error).message,
    );
    expect(error).to.contain('INFERNO_WORKLOAD');
  });
});
