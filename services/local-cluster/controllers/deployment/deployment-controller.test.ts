import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import { KubeError } from '#shared/kube/kube-error.js';
import type { Deployment, Pod, ReplicaSet } from '#shared/kube/wire.js';
import { silentLogger } from '#shared/observe/logger.js';
import type { Controller } from '../machinery/controller-context.js';
import { indexBy, nameOf } from '../machinery/object-feed.js';
import { controllerKeys } from '../machinery/owner.js';
import { conflict, FakeClient } from '../test/support/fake-client.js';
import { ManualFeed } from '../test/support/manual-feed.js';
import { deploymentOf, podOf, replicaSetOf, template } from '../test/support/objects.js';
import { RecordedEvents } from '../test/support/recorded-events.js';
import { startDeploymentController } from './deployment-controller.js';
import { REVISION_ANNOTATION } from './revisions.js';
import { templateHash } from './template-hash.js';

describe('deployment controller', () => {
  let client: FakeClient;
  let clock: ManualClock;
  let events: RecordedEvents;
  let deployments: ManualFeed<Deployment>;
  let replicaSets: ManualFeed<ReplicaSet>;
  let pods: ManualFeed<Pod>;
  let controller: Controller;

  beforeEach(() => {
    client = new FakeClient();
    clock = new ManualClock(1_000_000);
    events = new RecordedEvents();
    deployments = new ManualFeed();
    replicaSets = new ManualFeed();
    pods = new ManualFeed();
    const podsByController = indexBy(pods, controllerKeys);
    controller = startDeploymentController(
      { client, events, clock, logger: silentLogger },
      { deployments, replicaSets, pods, podsByController },
    );
  });

  afterEach(() => controller.stop());

  const name = (version: number, collisions?: number) => `web-${templateHash(template(version), collisions)}`;
  const statusWrites = () => client.made('replace', '/deployments/web/status').map(({ body }) => body as Deployment);
  const alreadyExists = () => new KubeError(409, 'AlreadyExists', 'replicasets.apps already exists');

  it('creates the replica set and writes revision and status in one', async () => {
    deployments.put(deploymentOf());
    await clock.advance(0);
    expect(client.made('create').map(({ body }) => nameOf(body as ReplicaSet))).to.deep.equal([name(1)]);
    const [written, ...others] = statusWrites();
    expect(others).to.deep.equal([]);
    expect(written?.metadata).to.deep.include({ annotations: { [REVISION_ANNOTATION]: '1' }, resourceVersion: '1' });
    expect(written?.status).to.deep.include({ observedGeneration: 1, unavailableReplicas: 3 });
    expect(events.texts).to.deep.equal([`Normal ScalingReplicaSet: Scaled up replica set ${name(1)} from 0 to 3`]);
  });

  it('scales a replica set under the version it decided on, and tells the sizes', async () => {
    replicaSets.put(replicaSetOf({ replicas: 5 }));
    deployments.put(deploymentOf());
    await clock.advance(0);
    const [scaled] = client.made('replace', '/replicasets/web-a').map(({ body }) => body as ReplicaSet);
    expect(scaled?.spec?.replicas).to.equal(3);
    expect(scaled?.metadata?.resourceVersion).to.equal('1');
    expect(events.texts).to.include('Normal ScalingReplicaSet: Scaled down replica set web-a from 5 to 3');
  });

  it('tells nothing of a write that was refused, and decides anew', async () => {
    let isRefusing = true;
    client.answer = ({ method, path }) => {
      if (isRefusing && method === 'replace' && path.endsWith('/web-a')) throw conflict(path);
      return undefined;
    };
    replicaSets.put(replicaSetOf({ replicas: 5 }));
    deployments.put(deploymentOf());
    await clock.advance(0);
    expect(events.texts).to.deep.equal([]);
    expect(statusWrites()).to.deep.equal([]);
    isRefusing = false;
    replicaSets.put(replicaSetOf({ replicas: 4 }));
    await clock.advance(1000);
    expect(events.texts[0]).to.equal('Normal ScalingReplicaSet: Scaled down replica set web-a from 4 to 3');
  });

  it('takes a replica set that its cache does not show yet for its own', async () => {
    const existing = replicaSetOf({ name: name(1) });
    client.answer = ({ method }) => {
      if (method === 'create') throw alreadyExists();
      return method === 'get' ? existing : undefined;
    };
    deployments.put(deploymentOf());
    await clock.advance(0);
    expect(statusWrites()).to.deep.equal([]);
    replicaSets.put(existing);
    await clock.advance(1000);
    expect(statusWrites().at(-1)?.status).to.not.have.property('collisionCount');
    expect(statusWrites().at(-1)?.status).to.include({ replicas: 3 });
  });

  it('chooses another name where another replica set has it', async () => {
    client.answer = ({ method, body }) => {
      if (method === 'create' && nameOf(body as ReplicaSet) === name(1)) throw alreadyExists();
      return method === 'get' ? replicaSetOf({ name: name(1), version: 7 }) : undefined;
    };
    deployments.put(deploymentOf());
    await clock.advance(0);
    const [collided] = statusWrites();
    expect(collided?.status?.collisionCount).to.equal(1);
    deployments.put({ ...collided!, metadata: { ...collided!.metadata, resourceVersion: '2' } });
    await clock.advance(1000);
    expect(client.made('create').map(({ body }) => nameOf(body as ReplicaSet))).to.include(name(1, 1));
    expect(statusWrites().at(-1)?.status?.collisionCount).to.equal(1);
  });

  it('says in an event and in its status that a replica set cannot be made', async () => {
    client.answer = ({ method }) => {
      if (method === 'create') throw new KubeError(422, 'Invalid', 'spec is wrong');
      return undefined;
    };
    deployments.put(deploymentOf());
    await clock.advance(0);
    expect(events.texts).to.deep.equal([
      `Warning ReplicaSetCreateError: Failed to create new replica set "${name(1)}": spec is wrong`,
    ]);
    const condition = statusWrites()[0]?.status?.conditions?.find(({ type }) => type === 'Progressing');
    expect(condition).to.include({ status: 'False', reason: 'ReplicaSetCreateError' });
  });

  it('follows its replica sets, and by recreating its pods', async () => {
    const replicaSet = replicaSetOf({ replicas: 0, available: 0, pods: 0 });
    const pod = podOf('a', { owner: replicaSet, ready: true, node: 'n1' });
    pods.put(pod);
    replicaSets.put(replicaSet);
    deployments.put(deploymentOf({ strategy: { type: 'Recreate' }, template: template(2) }));
    await clock.advance(0);
    expect(client.made('create')).to.deep.equal([]);
    pods.remove(pod);
    await clock.advance(0);
    expect(client.made('create').map(({ body }) => nameOf(body as ReplicaSet))).to.deep.equal([name(2)]);
  });

  it('adopts a replica set that it selects and nobody owns', async () => {
    const orphan = replicaSetOf();
    delete orphan.metadata?.ownerReferences;
    client.answer = ({ method }) => (method === 'get' ? deploymentOf() : undefined);
    deployments.put(deploymentOf());
    await clock.advance(0);
    client.calls.length = 0;
    replicaSets.put(orphan);
    await clock.advance(0);
    expect(client.made('patch', '/replicasets/web-a')[0]?.body).to.have.nested.property(
      'metadata.ownerReferences[0].uid',
      'uid-web',
    );
  });

  it('looks again when the deadline of a rollout without progress has passed', async () => {
    client.answer = ({ method, path, body }) => {
      if (method === 'replace' && path.endsWith('/status')) deployments.put(body as Deployment);
      if (method === 'create') replicaSets.put(replicaSetOf({ name: nameOf(body as ReplicaSet), available: 0 }));
      return body;
    };
    deployments.put(deploymentOf({ progressDeadlineSeconds: 60 }));
    const reason = () => deployments.list()[0]?.status?.conditions?.find(({ type }) => type === 'Progressing')?.reason;
    await clock.advance(59_000);
    expect(reason()).to.equal('ReplicaSetUpdated');
    await clock.advance(10_000);
    expect(reason()).to.equal('ProgressDeadlineExceeded');
  });

  it('writes nothing when all is as it should be', async () => {
    client.answer = ({ method, path, body }) => {
      if (method === 'replace' && path.endsWith('/status')) deployments.put(body as Deployment);
      return body;
    };
    replicaSets.put(replicaSetOf({ annotations: { [REVISION_ANNOTATION]: '1' } }));
    deployments.put(deploymentOf());
    await clock.advance(60_000);
    const before = client.calls.length;
    deployments.put({ ...deployments.list()[0]! });
    await clock.advance(3600_000);
    expect(client.calls).to.have.length(before);
  });
});
