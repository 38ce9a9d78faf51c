import { isAlreadyExists } from '#shared/kube/kube-error.js';
import { paths } from '#shared/kube/paths.js';
import type { Deployment, Pod, ReplicaSet } from '#shared/kube/wire.js';
import { isNamespaceTerminating, messageOf, unlessGone } from '../machinery/api-refusals.js';
import { claimObjects } from '../machinery/claim-objects.js';
import type { Controller, ControllerContext } from '../machinery/controller-context.js';
import {
  follow,
  indexBy,
  keyOf,
  metaOf,
  namespaceOf,
  nameOf,
  type ObjectFeed,
  type ObjectIndex,
  splitKey,
  uidOf,
} from '../machinery/object-feed.js';
import { controllerKeys, controllerOf, controllerReference, keysOfOwners, orphansOf } from '../machinery/owner.js';
import { isSameContent } from '../machinery/same-content.js';
import { type Again, createWorkQueue } from '../machinery/work-queue.js';
import { withCondition } from './conditions.js';
import type { DeploymentStatus } from './deployment-status.js';
import { hasProgressDeadline } from './deployment-status.js';
import { REVISION_ANNOTATION } from './revisions.js';
import { isOwnReplicaSet, planRollout, type ReplicaSetStep } from './rollout.js';
import { isRollingUpdate } from './rollout-limits.js';

const COMPONENT = 'deployment-controller';
const WORKERS = 8;

export interface DeploymentFeeds {
  deployments: ObjectFeed<Deployment>;
  replicaSets: ObjectFeed<ReplicaSet>;
  pods: ObjectFeed<Pod>;
  /** Pods by the uid of their controller. */
  podsByController: ObjectIndex<Pod>;
}

/** Carries out rollout plans: one step per round, each round decided anew from what the caches show then. */
export function startDeploymentController(context: ControllerContext, feeds: DeploymentFeeds): Controller {
  const { client, events, clock, logger } = context;
  const { deployments, replicaSets, pods, podsByController } = feeds;
  const replicaSetsByController = indexBy(replicaSets, controllerKeys);
  const deploymentsByNamespace = indexBy(deployments, (deployment) => [namespaceOf(deployment)]);
  const queue = createWorkQueue({ name: COMPONENT, clock, logger, workers: WORKERS, reconcile });

  const ends = [
    follow(deployments, { added: enqueue, updated: enqueue }),
    follow(replicaSets, { added: enqueueOwners, removed: enqueueOwners, updated: onReplicaSetUpdated }),
    follow(pods, { updated: onPodUpdated, removed: onPodGone }),
  ];

  function enqueue(deployment: Deployment): void {
    queue.add(keyOf(deployment));
  }

  function onReplicaSetUpdated(replicaSet: ReplicaSet, previous: ReplicaSet): void {
    if (controllerOf(previous)?.uid !== controllerOf(replicaSet)?.uid) enqueueOwners(previous);
    enqueueOwners(replicaSet);
  }

  function enqueueOwners(replicaSet: ReplicaSet): void {
    for (const key of keysOfOwners(replicaSet, 'Deployment', deploymentsByNamespace)) queue.add(key);
  }

  function onPodUpdated(pod: Pod, previous: Pod): void {
    if (pod.status?.phase !== previous.status?.phase) onPodGone(pod);
  }

  /** Recreate waits for pods to be gone, which no status of a replica set shows: it leaves out those that are being deleted. */
  function onPodGone(pod: Pod): void {
    const owner = controllerOf(pod);
    const replicaSet = owner === undefined ? undefined : replicaSets.get(namespaceOf(pod), owner.name);
    const deploymentName = replicaSet === undefined ? undefined : controllerOf(replicaSet)?.name;
    const deployment = deploymentName === undefined ? undefined : deployments.get(namespaceOf(pod), deploymentName);
    if (deployment !== undefined && !isRollingUpdate(deployment)) enqueue(deployment);
  }

  async function reconcile(key: string): Promise<Again | undefined> {
    const { namespace, name } = splitKey(key);
    const deployment = deployments.get(namespace, name);
    if (deployment === undefined) return undefined;
    const owned = await claimObjects({
      client,
      controller: deployment,
      reference: controllerReference(deployment, 'apps/v1', 'Deployment'),
      selector: deployment.spec?.selector,
      candidates: [...replicaSetsByController.of(uidOf(deployment)), ...replicaSetsByController.of(orphansOf(namespace))],
      pathOf: paths.replicaSets,
      controllerPath: paths.deployments(namespace, name),
    });
    const plan = planRollout({
      deployment,
      replicaSets: owned,
      hasRunningPods: (replicaSet) => podsByController.of(uidOf(replicaSet)).some(mayRun),
      nowMs: clock.now(),
    });
    for (const step of plan.steps) {
      const outcome = await carryOut(deployment, step);
      if (outcome === 'over') return undefined;
    }
    await writeStatus(deployment, plan.status, plan.revision);
    return plan.checkAgainInMs === undefined ? undefined : { againInMs: plan.checkAgainInMs };
  }

  async function carryOut(deployment: Deployment, step: ReplicaSetStep): Promise<'done' | 'over'> {
    if (step.kind === 'create') return create(deployment, step.body);
    if (step.kind === 'delete') {
      await unlessGone(client.delete(paths.replicaSets(namespaceOf(deployment), nameOf(step.replicaSet))));
      return 'done';
    }
    await client.replace(paths.replicaSets(namespaceOf(deployment), nameOf(step.body)), step.body);
    if (step.from !== step.to) tellScaled(deployment, nameOf(step.body), step.from, step.to);
    return 'done';
  }

  async function create(deployment: Deployment, body: ReplicaSet): Promise<'done' | 'over'> {
    const namespace = namespaceOf(deployment);
    try {
      await client.create(paths.replicaSets(namespace), body);
    } catch (error) {
      if (isNamespaceTerminating(error)) return 'over';
      if (isAlreadyExists(error)) await settleNameClash(deployment, nameOf(body));
      else await tellCreateFailed(deployment, nameOf(body), error);
      throw error;
    }
    const size = body.spec?.replicas ?? 0;
    if (size > 0) tellScaled(deployment, nameOf(body), 0, size);
    return 'done';
  }

  /** Ours and not seen yet: the next round finds it. Someone else's: the next hash is to be another one. */
  async function settleNameClash(deployment: Deployment, name: string): Promise<void> {
    const existing = await client.get<ReplicaSet>(paths.replicaSets(namespaceOf(deployment), name));
    if (isOwnReplicaSet(deployment, existing)) return;
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    await writeStatus(deployment, { ...deployment.status, collisionCount });
  }

  async function tellCreateFailed(deployment: Deployment, name: string, error: unknown): Promise<void> {
    const reason = 'ReplicaSetCreateError';
    const message = `Failed to create new replica set "${name}": ${messageOf(error)}`;
    events.record(subject(deployment), 'Warning', reason, message);
    if (!hasProgressDeadline(deployment)) return;
    const conditions = withCondition(
      deployment.status?.conditions ?? [],
      { type: 'Progressing', status: 'False', reason, message },
      clock.now(),
    );
    await writeStatus(deployment, { ...deployment.status, conditions });
  }

  function tellScaled(deployment: Deployment, name: string, from: number, to: number): void {
    const direction = to > from ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${name} from ${from} to ${to}`;
    events.record(subject(deployment), 'Normal', 'ScalingReplicaSet', message);
  }

  /** The revision goes along with the status: written otherwise it would count as a new generation of the deployment. */
  async function writeStatus(deployment: Deployment, status: DeploymentStatus, revision?: string): Promise<void> {
    if (isSameContent(deployment.status, status) && revision === undefined) return;
    const metadata = { ...metaOf(deployment) };
    if (revision !== undefined) metadata.annotations = { ...metadata.annotations, [REVISION_ANNOTATION]: revision };
    const path = paths.deployments(namespaceOf(deployment), nameOf(deployment), 'status');
    await client.replace(path, { ...deployment, apiVersion: 'apps/v1', kind: 'Deployment', metadata, status });
  }

  return {
    stop: () => {
      for (const end of ends) end();
      return queue.stop();
    },
  };
}

function subject(object: Deployment) {
  return { component: COMPONENT, apiVersion: 'apps/v1', kind: 'Deployment', object };
}

function mayRun({ status }: Pod): boolean {
  return status?.phase !== 'Failed' && status?.phase !== 'Succeeded';
}
