import { expect } from 'chai';
import type { KubeClient } from '#shared/kube/kube-client.js';
import { KubeError } from '#shared/kube/kube-error.js';
import type { Deployment, Pod, ReplicaSet } from '#shared/kube/wire.js';
import { createOwners } from './owners.js';

const deployment: Deployment = { metadata: { name: 'd', namespace: 'infer', uid: 'd-1' } };
const replicaSet: ReplicaSet = {
  metadata: { name: 'r', namespace: 'infer', uid: 'r-1', ownerReferences: [ref('Deployment', 'd', 'd-1')] },
};

function ref(kind: string, name: string, uid: string, controller = true) {
  return { apiVersion: 'apps/v1', kind, name, uid, controller };
}

function pod(...ownerReferences: ReturnType<typeof ref>[]): Pod {
  return { metadata: { name: 'p', namespace: 'infer', labels: { app: 'd' }, ownerReferences } };
}

describe('createOwners', () => {
  let cached: boolean;
  let asked: string[];
  const served: Record<string, unknown> = {
    '/apis/apps/v1/namespaces/infer/replicasets/r': replicaSet,
    '/apis/apps/v1/namespaces/infer/deployments/d': deployment,
  };
  const client = {
    get: (path: string) => {
      asked.push(path);
      return path in served ? Promise.resolve(served[path]) : Promise.reject(new KubeError(404, 'NotFound', path));
    },
  } as unknown as KubeClient;
  const owners = createOwners(client, {
    replicaSets: { get: () => (cached ? replicaSet : undefined) },
    deployments: { get: () => (cached ? deployment : undefined) },
  });

  beforeEach(() => {
    cached = true;
    asked = [];
  });

  it('goes from pod to ReplicaSet to Deployment', () => {
    expect(owners.deploymentOf(pod(ref('ReplicaSet', 'r', 'r-1')))).to.equal(deployment);
  });

  const strangers: [string, Pod][] = [
    ['a pod of the same labels that nobody owns', pod()],
    ['a pod whose owner is no controller', pod(ref('ReplicaSet', 'r', 'r-1', false))],
    ['a pod of an earlier ReplicaSet of the same name', pod(ref('ReplicaSet', 'r', 'r-0'))],
    ['a pod of another kind of owner', pod(ref('Job', 'r', 'r-1'))],
  ];
  for (const [name, stranger] of strangers) {
    it(`finds no Deployment for ${name}`, async () => {
      expect(owners.deploymentOf(stranger)).to.equal(undefined);
      expect(await owners.findDeployment(stranger)).to.equal(undefined);
    });
  }

  it('asks the API server for what the caches do not know yet, and only then', async () => {
    const owned = pod(ref('ReplicaSet', 'r', 'r-1'));
    expect(await owners.findDeployment(owned)).to.equal(deployment);
    expect(asked).to.deep.equal([]);
    cached = false;
    expect(owners.deploymentOf(owned)).to.equal(undefined);
    expect(await owners.findDeployment(owned)).to.equal(deployment);
    expect(asked).to.have.length(2);
  });

  it('finds none when the owner is gone', async () => {
    cached = false;
    expect(await owners.findDeployment(pod(ref('ReplicaSet', 'gone', 'r-1')))).to.equal(undefined);
  });
});
