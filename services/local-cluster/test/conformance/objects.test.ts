import { PatchStrategy } from '@kubernetes/client-node';
import type { KubernetesObject, V1ObjectMeta } from '@kubernetes/client-node';
import { expect } from 'chai';
import { eventually } from './support/eventually.js';
import { deployment, pod, replicaSet } from './support/manifests.js';
import { onEachTarget } from './support/on-each-target.js';
import { essence, refusal } from './support/refusal.js';

interface StoredObject extends KubernetesObject {
  metadata: V1ObjectMeta & { name: string };
}

interface KindCase {
  readonly resource: string;
  readonly namespaced: boolean;
  readonly object: (name: string, namespace?: string) => KubernetesObject & Record<string, unknown>;
  /** A part of the object that must come back as it was sent. */
  readonly kept: Record<string, unknown>;
}

const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }];
const subjects = [{ kind: 'ServiceAccount', name: 'reader', namespace: 'default' }];
const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: 'reader' });

const kinds: readonly KindCase[] = [
  kind('v1', 'Namespace', 'namespaces', {}, { cluster: true }),
  kind('v1', 'Node', 'nodes', {}, { cluster: true }),
  kind('v1', 'ConfigMap', 'configmaps', { data: { a: '1' }, binaryData: { b: 'AAE=' } }),
  kind('v1', 'ServiceAccount', 'serviceaccounts', { automountServiceAccountToken: false }),
  kind('coordination.k8s.io/v1', 'Lease', 'leases', { spec: { holderIdentity: 'me', leaseDurationSeconds: 15 } }),
  kind('rbac.authorization.k8s.io/v1', 'Role', 'roles', { rules }),
  kind('rbac.authorization.k8s.io/v1', 'RoleBinding', 'rolebindings', { subjects, roleRef: roleRef('Role') }),
  kind('rbac.authorization.k8s.io/v1', 'ClusterRole', 'clusterroles', { rules }, { cluster: true }),
  kind(
    'rbac.authorization.k8s.io/v1',
    'ClusterRoleBinding',
    'clusterrolebindings',
    { subjects, roleRef: roleRef('ClusterRole') },
    { cluster: true },
  ),
  {
    resource: 'services',
    namespaced: true,
    object: (name) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ port: 80 }] },
    }),
    kept: {},
  },
  {
    resource: 'events',
    namespaced: true,
    object: (name, namespace) => ({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name },
      involvedObject: { kind: 'Pod', name: 'a', namespace },
      reason: 'Started',
      message: 'started',
      type: 'Normal',
    }),
    kept: { reason: 'Started', message: 'started', type: 'Normal' },
  },
  kind('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
    },
  }),
  { resource: 'pods', namespaced: true, object: (name) => ({ ...pod(name) }), kept: {} },
  { resource: 'deployments', namespaced: true, object: (name) => ({ ...deployment(name, { replicas: 0 }) }), kept: {} },
  { resource: 'replicasets', namespaced: true, object: (name) => ({ ...replicaSet(name, 0) }), kept: {} },
];

onEachTarget('objects', (cluster) => {
  for (const { resource, namespaced, object, kept } of kinds) {
    it(`${resource} are created, read, listed, patched, replaced and deleted`, async () => {
      const { objects } = cluster();
      const namespace = namespaced ? await cluster().namespace() : undefined;
      const name = `stored-${resource}`;
      const sent = object(name, namespace);
      const header = {
        apiVersion: sent.apiVersion!,
        kind: sent.kind!,
        metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
      };

      const created = await objects.create<StoredObject>({ ...sent, metadata: { ...sent.metadata, ...header.metadata } });
      expect(created.metadata.uid).to.match(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(created.metadata.resourceVersion).to.match(/^\d+$/);
      expect(Date.now() - new Date(created.metadata.creationTimestamp!).getTime()).to.be.lessThan(60_000);
      expect(created).to.deep.include({ apiVersion: sent.apiVersion, kind: sent.kind, ...kept });

      const read = await objects.read<StoredObject>(header);
      expect(read.metadata.uid).to.equal(created.metadata.uid);
      const listed = await objects.list<StoredObject>(sent.apiVersion!, sent.kind!, namespace);
      expect(listed.kind).to.equal(`${sent.kind!}List`);
      expect(listed.items.map((item) => item.metadata.uid)).to.include(created.metadata.uid);

      const patched = await objects.patch<StoredObject>(
        { ...header, metadata: { ...header.metadata, labels: { patched: 'yes' } } },
        undefined,
        undefined,
        undefined,
        undefined,
        PatchStrategy.MergePatch,
      );
      expect(patched.metadata.labels).to.include({ patched: 'yes' });
      expect(patched.metadata.resourceVersion).to.not.equal(created.metadata.resourceVersion);

      const replaced = await eventually(async () => {
        const current = await objects.read<StoredObject>(header);
        return objects.replace<StoredObject>({
          ...current,
          metadata: { ...current.metadata, labels: { ...current.metadata.labels, patched: 'again' } },
        });
      });
      expect(replaced.metadata.labels).to.include({ patched: 'again' });
      expect(replaced.metadata.uid).to.equal(created.metadata.uid);
      expect(replaced).to.deep.include(kept);

      await objects.delete(header);
      await eventually(async () => {
        expect((await refusal(objects.read(header))).code).to.equal(404);
      });
    });
  }

  it('a generated name starts with the prefix and differs each time', async () => {
    const namespace = await cluster().namespace();
    const create = () =>
      cluster().core.createNamespacedConfigMap({ namespace, body: { metadata: { generateName: 'settings-' } } });
    const [first, second] = [await create(), await create()];
    expect(first.metadata?.name).to.match(/^settings-[a-z0-9]{5}$/);
    expect(first.metadata?.generateName).to.equal('settings-');
    expect(second.metadata?.name).to.not.equal(first.metadata?.name);
  });

  it('a name that exists is refused with 409 AlreadyExists', async () => {
    const namespace = await cluster().namespace();
    const create = () => cluster().core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'settings' } } });
    await create();
    const status = await refusal(create());
    expect(essence(status)).to.deep.equal({ code: 409, reason: 'AlreadyExists', kind: 'configmaps', name: 'settings' });
    expect(status.message).to.equal('configmaps "settings" already exists');
  });

  it('what does not exist is answered with 404 and a Status that names kind and name', async () => {
    const namespace = await cluster().namespace();
    const status = await refusal(cluster().apps.readNamespacedDeployment({ namespace, name: 'missing' }));
    expect(status).to.deep.equal({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'deployments.apps "missing" not found',
      reason: 'NotFound',
      details: { name: 'missing', group: 'apps', kind: 'deployments' },
      code: 404,
    });
    const { status: code, body } = await cluster().request('DELETE', `/api/v1/namespaces/${namespace}/pods/missing`);
    expect({ code, reason: body['reason'] }).to.deep.equal({ code: 404, reason: 'NotFound' });
  });

  it('metadata of the server cannot be chosen by the client', async () => {
    const namespace = await cluster().namespace();
    const created = await cluster().core.createNamespacedConfigMap({
      namespace,
      body: {
        metadata: { name: 'a', uid: 'mine', creationTimestamp: new Date(0), deletionTimestamp: new Date(0), generation: 7 },
      },
    });
    expect(created.metadata?.uid).to.not.equal('mine');
    expect(created.metadata?.creationTimestamp?.getTime()).to.be.greaterThan(0);
    expect(created.metadata?.deletionTimestamp).to.equal(undefined);
  });

  it('a dry run answers what would be and stores nothing', async () => {
    const namespace = await cluster().namespace();
    const { core } = cluster();
    const dry = await core.createNamespacedConfigMap({ namespace, dryRun: 'All', body: { metadata: { name: 'a' } } });
    expect(dry.metadata?.uid).to.be.a('string');
    expect((await refusal(core.readNamespacedConfigMap({ namespace, name: 'a' }))).code).to.equal(404);
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'a' }, data: { key: 'old' } } });
    const replaced = await core.replaceNamespacedConfigMap({
      namespace,
      name: 'a',
      dryRun: 'All',
      body: { metadata: { name: 'a' }, data: { key: 'new' } },
    });
    expect(replaced.data).to.deep.equal({ key: 'new' });
    await core.deleteNamespacedConfigMap({ namespace, name: 'a', dryRun: 'All' });
    expect((await core.readNamespacedConfigMap({ namespace, name: 'a' })).data).to.deep.equal({ key: 'old' });
  });

  it('a new generation is counted when the spec changes, and not when labels or status do', async () => {
    const namespace = await cluster().namespace();
    const { objects } = cluster();
    const header = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace } };
    const created = await cluster().apps.createNamespacedDeployment({
      namespace,
      body: deployment('web', { paused: true, replicas: 0 }),
    });
    expect(created.metadata?.generation).to.equal(1);
    const generationAfter = async (change: object) => {
      const body = { ...header, ...change } as StoredObject;
      const patched = await objects.patch<StoredObject>(
        body,
        undefined,
        undefined,
        undefined,
        undefined,
        PatchStrategy.MergePatch,
      );
      return patched.metadata.generation;
    };
    expect(await generationAfter({ metadata: { ...header.metadata, labels: { a: 'b' } } })).to.equal(1);
    expect(await generationAfter({ spec: { minReadySeconds: 1 } })).to.equal(2);
    expect(await generationAfter({ spec: { minReadySeconds: 1 } })).to.equal(2);
    expect(await generationAfter({ status: { replicas: 9 } })).to.equal(2);
  });
});

function kind(
  apiVersion: string,
  kindName: string,
  resource: string,
  kept: Record<string, unknown>,
  options: { readonly cluster?: boolean } = {},
): KindCase {
  return {
    resource,
    namespaced: options.cluster !== true,
    object: (name) => ({ apiVersion, kind: kindName, metadata: { name }, ...kept }),
    kept,
  };
}
