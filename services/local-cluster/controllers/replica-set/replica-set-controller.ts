import type { KubeClient } from '#shared/kube/kube-client.js';
import { paths } from '#shared/kube/paths.js';
import type { Pod, ReplicaSet } from '#shared/kube/wire.js';
import { isNamespaceTerminating, messageOf, unlessGone } from '../machinery/api-refusals.js';
import { claimObjects } from '../machinery/claim-objects.js';
import type { Controller, ControllerContext } from '../machinery/controller-context.js';
import { Expectations } from '../machinery/expectations.js';
import {
  follow,
  indexBy,
  isBeingDeleted,
  keyOf,
  namespaceOf,
  nameOf,
  type ObjectFeed,
  type ObjectIndex,
  splitKey,
  uidOf,
} from '../machinery/object-feed.js';
import { controllerOf, keysOfOwners, orphansOf } from '../machinery/owner.js';
import { isSameContent } from '../machinery/same-content.js';
import { type Again, createWorkQueue } from '../machinery/work-queue.js';
import { isPodActive } from './pod-condition.js';
import { familyOf, podFromTemplate, referenceTo } from './pod-from-template.js';
import { type Failure, replicaSetStatus } from './replica-set-status.js';
import { chooseVictims } from './victims.js';

const COMPONENT = 'replicaset-controller';
const WORKERS = 8;
/** At most this many pods are created or deleted in one round. */
const BURST = 500;

export interface ReplicaSetFeeds {
  replicaSets: ObjectFeed<ReplicaSet>;
  pods: ObjectFeed<Pod>;
  /** Pods by the uid of their controller, those without one by `orphansOf(namespace)`. */
  podsByController: ObjectIndex<Pod>;
}

/** Keeps as many pods of each replica set as it wants: creates what is missing, deletes what is too much, and counts what there is. */
export function startReplicaSetController(context: ControllerContext, feeds: ReplicaSetFeeds): Controller {
  const { client, events, clock, logger } = context;
  const { replicaSets, pods, podsByController } = feeds;
  const replicaSetsByNamespace = indexBy(replicaSets, (replicaSet) => [namespaceOf(replicaSet)]);
  const replicaSetsByFamily = indexBy(replicaSets, (replicaSet) => [familyOf(replicaSet)]);
  const expectations = new Expectations(clock);
  const queue = createWorkQueue({ name: COMPONENT, clock, logger, workers: WORKERS, reconcile });

  const ends = [
    follow(replicaSets, {
      added: enqueue,
      updated: enqueue,
      removed: (replicaSet) => expectations.forget(uidOf(replicaSet)),
    }),
    follow(pods, { added: onPodAdded, updated: onPodUpdated, removed: onPodRemoved }),
  ];

  function enqueue(replicaSet: ReplicaSet): void {
    queue.add(keyOf(replicaSet));
  }

  function onPodAdded(pod: Pod): void {
    const owner = controllerOf(pod);
    if (owner !== undefined) expectations.creationSeen(owner.uid, uidOf(pod));
    if (isBeingDeleted(pod)) onPodRemoved(pod);
    else enqueueOwners(pod);
  }

  function onPodUpdated(pod: Pod, previous: Pod): void {
    if (isBeingDeleted(pod)) settleDeletion(pod);
    if (controllerOf(previous)?.uid !== controllerOf(pod)?.uid) enqueueOwners(previous);
    enqueueOwners(pod);
  }

  function onPodRemoved(pod: Pod): void {
    settleDeletion(pod);
    enqueueOwners(pod);
  }

  function settleDeletion(pod: Pod): void {
    const owner = controllerOf(pod);
    if (owner !== undefined) expectations.deletionSettled(owner.uid, uidOf(pod));
  }

  function enqueueOwners(pod: Pod): void {
    for (const key of keysOfOwners(pod, 'ReplicaSet', replicaSetsByNamespace)) queue.add(key);
  }

  async function reconcile(key: string): Promise<Again | undefined> {
    const { namespace, name } = splitKey(key);
    const replicaSet = replicaSets.get(namespace, name);
    if (replicaSet === undefined) return undefined;
    const uid = uidOf(replicaSet);
    // Asked before the pods are looked at: what is fulfilled later may not be in this look yet.
    const maySize = expectations.isFulfilled(uid) && !isBeingDeleted(replicaSet);
    const candidates = [...podsByController.of(uid), ...podsByController.of(orphansOf(namespace))];
    const active = await claimObjects({
      client,
      controller: replicaSet,
      reference: referenceTo(replicaSet),
      selector: replicaSet.spec?.selector,
      candidates: candidates.filter(isPodActive),
      pathOf: paths.pods,
      controllerPath: paths.replicaSets(namespace, name),
    });
    const failure = maySize ? await size(replicaSet, active) : undefined;
    const { status, checkAgainInMs } = replicaSetStatus(replicaSet, active, failure, clock.now());
    if (!isSameContent(status, replicaSet.status)) {
      const body = { ...replicaSet, apiVersion: 'apps/v1', kind: 'ReplicaSet', status };
      await client.replace(paths.replicaSets(namespace, name, 'status'), body);
    }
    if (failure !== undefined) throw new Error(failure.message);
    return checkAgainInMs === undefined ? undefined : { againInMs: checkAgainInMs };
  }

  async function size(replicaSet: ReplicaSet, active: readonly Pod[]): Promise<Failure | undefined> {
    const missing = (replicaSet.spec?.replicas ?? 1) - active.length;
    try {
      if (missing > 0) await createPods(replicaSet, Math.min(missing, BURST));
      if (missing < 0) await deletePods(replicaSet, chooseVictims(active, Math.min(-missing, BURST), relatives(replicaSet)));
      return undefined;
    } catch (error) {
      return { reason: missing > 0 ? 'FailedCreate' : 'FailedDelete', message: messageOf(error) };
    }
  }

  function relatives(replicaSet: ReplicaSet): Pod[] {
    return replicaSetsByFamily.of(familyOf(replicaSet)).flatMap((relative) => podsByController.of(uidOf(relative)));
  }

  /** In batches of 1, 2, 4, …: what fails for one (a quota, a refusal) is not tried for all. */
  async function createPods(replicaSet: ReplicaSet, count: number): Promise<void> {
    const uid = uidOf(replicaSet);
    await expectations.creating(uid, async (created) => {
      for (let done = 0, batch = 1; done < count; done += batch, batch = Math.min(batch * 2, count - done)) {
        const results = await Promise.allSettled(Array.from({ length: batch }, () => createPod(replicaSet, created)));
        const failed = results.find((result) => result.status === 'rejected');
        if (failed !== undefined) throw failed.reason;
      }
    });
  }

  async function createPod(replicaSet: ReplicaSet, created: (uid: string) => void): Promise<void> {
    try {
      const pod = await client.create<Pod>(paths.pods(namespaceOf(replicaSet)), podFromTemplate(replicaSet));
      created(uidOf(pod));
      events.record(subject(replicaSet), 'Normal', 'SuccessfulCreate', `Created pod: ${nameOf(pod)}`);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      events.record(subject(replicaSet), 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
      throw error;
    }
  }

  async function deletePods(replicaSet: ReplicaSet, victims: readonly Pod[]): Promise<void> {
    const uid = uidOf(replicaSet);
    for (const victim of victims) expectations.expectDeletion(uid, uidOf(victim));
    const results = await Promise.allSettled(victims.map((victim) => deletePod(client, replicaSet, victim)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async function deletePod(kube: KubeClient, replicaSet: ReplicaSet, victim: Pod): Promise<void> {
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: uidOf(victim) } };
    try {
      const deleted = await unlessGone(kube.delete(paths.pods(namespaceOf(victim), nameOf(victim)), options));
      if (deleted === undefined) {
        expectations.deletionSettled(uidOf(replicaSet), uidOf(victim));
        return;
      }
      events.record(subject(replicaSet), 'Normal', 'SuccessfulDelete', `Deleted pod: ${nameOf(victim)}`);
    } catch (error) {
      expectations.deletionSettled(uidOf(replicaSet), uidOf(victim));
      events.record(subject(replicaSet), 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
      throw error;
    }
  }

  return {
    stop: () => {
      for (const end of ends) end();
      return queue.stop();
    },
  };
}

function subject(object: ReplicaSet) {
  return { component: COMPONENT, apiVersion: 'apps/v1', kind: 'ReplicaSet', object };
}
