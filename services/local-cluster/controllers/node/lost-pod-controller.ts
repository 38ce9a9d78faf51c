import { isNotFound } from '#shared/kube/kube-error.js';
import { paths } from '#shared/kube/paths.js';
import type { Node, Pod } from '#shared/kube/wire.js';
import { unlessGone } from '../machinery/api-refusals.js';
import type { Controller, ControllerContext } from '../machinery/controller-context.js';
import { follow, nameOf, namespaceOf, type ObjectFeed, type ObjectIndex, uidOf } from '../machinery/object-feed.js';
import { createWorkQueue } from '../machinery/work-queue.js';

const NAME = 'lost-pod-controller';
/** A node that is registered anew keeps its pods. */
const QUARANTINE_MS = 40_000;

export interface LostPodFeeds {
  nodes: ObjectFeed<Node>;
  pods: ObjectFeed<Pod>;
  podsByNode: ObjectIndex<Pod>;
}

/** Removes the pods of nodes that are no more: no kubelet is left to end them, and their replacements wait for that. */
export function startLostPodController(context: ControllerContext, { nodes, pods, podsByNode }: LostPodFeeds): Controller {
  const { client, clock, logger } = context;
  const queue = createWorkQueue({ name: NAME, clock, logger, workers: 1, reconcile });
  const onPod = (pod: Pod): void => {
    const node = pod.spec?.nodeName ?? '';
    if (node !== '' && nodes.get('', node) === undefined) queue.addAfter(node, QUARANTINE_MS);
  };
  const ends = [
    follow(nodes, { removed: (node) => queue.addAfter(nameOf(node), QUARANTINE_MS) }),
    follow(pods, { added: onPod, updated: onPod }),
  ];

  async function reconcile(node: string): Promise<undefined> {
    if (nodes.get('', node) !== undefined || podsByNode.of(node).length === 0 || !(await isGone(node))) return undefined;
    await Promise.all(podsByNode.of(node).map(remove));
    return undefined;
  }

  async function isGone(node: string): Promise<boolean> {
    try {
      await client.get(paths.nodes(node));
      return false;
    } catch (error) {
      if (isNotFound(error)) return true;
      throw error;
    }
  }

  async function remove(pod: Pod): Promise<void> {
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid: uidOf(pod) } };
    await unlessGone(client.delete(paths.pods(namespaceOf(pod), nameOf(pod)), options));
  }

  return {
    stop: () => {
      for (const end of ends) end();
      return queue.stop();
    },
  };
}
