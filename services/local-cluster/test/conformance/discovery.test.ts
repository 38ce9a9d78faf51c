import type { V1APIGroupList, V1APIResourceList, V1APIVersions } from '@kubernetes/client-node';
import { expect } from 'chai';
import { onEachTarget } from './support/on-each-target.js';

interface ResourceCase {
  readonly groupVersion: string;
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  readonly singularName?: string;
  readonly categories?: readonly string[];
}

const everyVerb = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

const resources: readonly ResourceCase[] = [
  { groupVersion: 'v1', name: 'nodes', kind: 'Node', namespaced: false, shortNames: ['no'], singularName: 'node' },
  {
    groupVersion: 'v1',
    name: 'pods',
    kind: 'Pod',
    namespaced: true,
    shortNames: ['po'],
    singularName: 'pod',
    categories: ['all'],
  },
  { groupVersion: 'v1', name: 'events', kind: 'Event', namespaced: true, shortNames: ['ev'], singularName: 'event' },
  { groupVersion: 'v1', name: 'configmaps', kind: 'ConfigMap', namespaced: true, shortNames: ['cm'], singularName: 'configmap' },
  { groupVersion: 'v1', name: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true, shortNames: ['sa'] },
  { groupVersion: 'v1', name: 'services', kind: 'Service', namespaced: true, shortNames: ['svc'], categories: ['all'] },
  {
    groupVersion: 'apps/v1',
    name: 'deployments',
    kind: 'Deployment',
    namespaced: true,
    shortNames: ['deploy'],
    categories: ['all'],
  },
  { groupVersion: 'apps/v1', name: 'replicasets', kind: 'ReplicaSet', namespaced: true, shortNames: ['rs'], categories: ['all'] },
  { groupVersion: 'coordination.k8s.io/v1', name: 'leases', kind: 'Lease', namespaced: true, singularName: 'lease' },
  { groupVersion: 'rbac.authorization.k8s.io/v1', name: 'roles', kind: 'Role', namespaced: true },
  { groupVersion: 'rbac.authorization.k8s.io/v1', name: 'rolebindings', kind: 'RoleBinding', namespaced: true },
  { groupVersion: 'rbac.authorization.k8s.io/v1', name: 'clusterroles', kind: 'ClusterRole', namespaced: false },
  { groupVersion: 'rbac.authorization.k8s.io/v1', name: 'clusterrolebindings', kind: 'ClusterRoleBinding', namespaced: false },
];

const subresources: readonly {
  readonly groupVersion: string;
  readonly name: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}[] = [
  { groupVersion: 'v1', name: 'namespaces/status', kind: 'Namespace', verbs: ['get', 'patch', 'update'] },
  { groupVersion: 'v1', name: 'nodes/status', kind: 'Node', verbs: ['get', 'patch', 'update'] },
  { groupVersion: 'v1', name: 'pods/status', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
  { groupVersion: 'v1', name: 'pods/log', kind: 'Pod', verbs: ['get'] },
  { groupVersion: 'v1', name: 'pods/binding', kind: 'Binding', verbs: ['create'] },
  { groupVersion: 'apps/v1', name: 'deployments/status', kind: 'Deployment', verbs: ['get', 'patch', 'update'] },
  { groupVersion: 'apps/v1', name: 'deployments/scale', kind: 'Scale', verbs: ['get', 'patch', 'update'] },
  { groupVersion: 'apps/v1', name: 'replicasets/status', kind: 'ReplicaSet', verbs: ['get', 'patch', 'update'] },
  { groupVersion: 'apps/v1', name: 'replicasets/scale', kind: 'Scale', verbs: ['get', 'patch', 'update'] },
];

onEachTarget('discovery', (cluster) => {
  it('says which Kubernetes it speaks', async () => {
    const version = await cluster().version.getCode();
    expect({ major: version.major, minor: version.minor }).to.deep.equal({ major: '1', minor: '34' });
    expect(version.gitVersion).to.match(/^v1\.34\./);
  });

  it('lists the core version and the API groups', async () => {
    const core = await cluster().request<V1APIVersions>('GET', '/api');
    expect(core.body).to.include({ kind: 'APIVersions' }).and.to.have.deep.property('versions', ['v1']);
    const { body } = await cluster().request<V1APIGroupList>('GET', '/apis');
    expect(body.kind).to.equal('APIGroupList');
    for (const name of ['apps', 'coordination.k8s.io', 'rbac.authorization.k8s.io']) {
      const group = body.groups.find((candidate) => candidate.name === name);
      const version = { groupVersion: `${name}/v1`, version: 'v1' };
      expect(group?.preferredVersion, name).to.deep.equal(version);
      expect(group?.versions, name).to.deep.include(version);
    }
  });

  it('describes a group on its own path', async () => {
    const { body } = await cluster().request('GET', '/apis/apps');
    expect(body).to.deep.include({ kind: 'APIGroup', apiVersion: 'v1', name: 'apps' });
  });

  for (const { groupVersion, name, ...expected } of resources) {
    it(`lists ${name} of ${groupVersion} with its verbs and short names`, async () => {
      const resource = await discover(groupVersion, name);
      expect(resource).to.deep.include(expected);
      expect([...resource!.verbs].sort()).to.deep.equal(everyVerb);
    });
  }

  it('lists namespaces without the verb deletecollection', async () => {
    const resource = await discover('v1', 'namespaces');
    expect(resource).to.deep.include({ kind: 'Namespace', namespaced: false, shortNames: ['ns'] });
    expect([...resource!.verbs].sort()).to.deep.equal(everyVerb.filter((verb) => verb !== 'deletecollection'));
  });

  for (const { groupVersion, name, kind, verbs } of subresources) {
    it(`lists the subresource ${name} of ${groupVersion}`, async () => {
      const resource = await discover(groupVersion, name);
      expect(resource?.kind).to.equal(kind);
      expect([...resource!.verbs].sort()).to.deep.equal(verbs);
    });
  }

  it('names the kind of a scale subresource by its own group', async () => {
    expect(await discover('apps/v1', 'deployments/scale')).to.include({ group: 'autoscaling', version: 'v1' });
  });

  it('answers a path that no API has with 404', async () => {
    for (const path of [
      '/apis/no.such.group',
      '/apis/apps/v7',
      '/api/v1/nosuchthings',
      '/apis/apps/v1/namespaces/default/nosuchthings',
    ]) {
      expect((await cluster().request('GET', path)).status, path).to.equal(404);
    }
  });

  it('is alive and ready', async () => {
    for (const path of ['/healthz', '/livez', '/readyz']) {
      const { status, body } = await cluster().request<string>('GET', path);
      expect({ path, status, body }).to.deep.equal({ path, status: 200, body: 'ok' });
    }
  });

  it('refuses a caller without a token', async () => {
    const { status, body } = await cluster().request('GET', '/api/v1/namespaces', { headers: { authorization: 'Bearer wrong' } });
    expect(status).to.equal(401);
    expect(body).to.include({ kind: 'Status', status: 'Failure', reason: 'Unauthorized', code: 401 });
  });

  async function discover(groupVersion: string, name: string) {
    const path = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`;
    const { body } = await cluster().request<V1APIResourceList>('GET', path);
    expect(body.groupVersion).to.equal(groupVersion);
    return body.resources.find((resource) => resource.name === name);
  }
});
