import { paths } from '#shared/kube/paths.js';
import type { Lease, Node, Pod } from '#shared/kube/wire.js';
import { unlessGone } from '../machinery/api-refusals.js';
import type { Controller, ControllerContext } from '../machinery/controller-context.js';
import { follow, metaOf, nameOf, namespaceOf, type ObjectFeed, type ObjectIndex, uidOf } from '../machinery/object-feed.js';
import { toTimestamp } from '../machinery/timestamps.js';
import { type Again, createWorkQueue } from '../machinery/work-queue.js';
import { isPodActive, isPodReady } from '../replica-set/pod-condition.js';
import { type Heartbeat, isNotReady, judgeNode, wantedTaints } from './node-health.js';

const COMPONENT = 'node-controller';
const WORKERS = 4;
const OUT_OF_CONTACT_MS = 1000;
const LEASE_NAMESPACE = 'kube-node-lease';

export interface NodeFeeds {
  nodes: ObjectFeed<Node>;
  leases: ObjectFeed<Lease>;
  /** Pods by the name of their node. */
  podsByNode: ObjectIndex<Pod>;
  /** Whether nodes and leases are shown as they are now. */
  isInContact: () => boolean;
}

/**
 * Watches over the nodes: a silent one becomes NotReady, the taints follow the conditions, and the pods of a node that is not ready
 * are not ready. Pods are not evicted from it: they come back with their node, or are deleted with it.
 */
export function startNodeController(context: ControllerContext, feeds: NodeFeeds, graceMs: number): Controller {
  const { client, events, clock, logger } = context;
  const { nodes, leases, podsByNode, isInContact } = feeds;
  const heartbeats = new Map<string, Heartbeat>();
  const queue = createWorkQueue({ name: COMPONENT, clock, logger, workers: WORKERS, reconcile });
  const enqueue = (node: Node): void => queue.add(nameOf(node));
  const onLease = (lease: Lease): void => {
    if (namespaceOf(lease) === LEASE_NAMESPACE) queue.add(nameOf(lease));
  };
  const ends = [
    follow(nodes, { added: enqueue, updated: enqueue, removed: (node) => heartbeats.delete(nameOf(node)) }),
    follow(leases, { added: onLease, updated: onLease }),
  ];

  async function reconcile(name: string): Promise<Again | undefined> {
    const node = nodes.get('', name);
    if (node === undefined) return undefined;
    if (!isInContact()) {
      // It is we who hear nothing. Once we do again, the node has its full grace: it may not have reached the API server either.
      heartbeats.delete(name);
      return { againInMs: OUT_OF_CONTACT_MS };
    }
    const { heartbeat, conditions, checkAgainInMs } = judgeNode(node, leases.get(LEASE_NAMESPACE, name), heartbeats.get(name), {
      graceMs,
      nowMs: clock.now(),
    });
    heartbeats.set(name, heartbeat);
    const taints = wantedTaints(node);
    if (conditions !== undefined) {
      const body = { ...node, apiVersion: 'v1', kind: 'Node', status: { ...node.status, conditions } };
      // The rest follows when the node is seen with its new conditions.
      await unlessGone(client.replace(paths.nodes(name, 'status'), body));
      tell(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    } else if (taints !== undefined) {
      const { resourceVersion } = metaOf(node);
      await unlessGone(client.patch(paths.nodes(name), 'merge', { metadata: { resourceVersion }, spec: { taints } }));
    }
    if (isNotReady(node)) await Promise.all(podsByNode.of(name).filter(isServing).map(markNotReady));
    return checkAgainInMs === undefined ? undefined : { againInMs: checkAgainInMs };
  }

  async function markNotReady(pod: Pod): Promise<void> {
    const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
    const condition = { ...ready, type: 'Ready', status: 'False', lastTransitionTime: toTimestamp(clock.now()) };
    const patch = { metadata: { uid: uidOf(pod) }, status: { conditions: [condition] } };
    await unlessGone(client.patch(paths.pods(namespaceOf(pod), nameOf(pod), 'status'), 'strategic', patch));
    const subject = { component: COMPONENT, apiVersion: 'v1', kind: 'Pod', object: pod };
    events.record(subject, 'Warning', 'NodeNotReady', 'Node is not ready');
  }

  function tell(object: Node, reason: string, message: string): void {
    events.record({ component: COMPONENT, apiVersion: 'v1', kind: 'Node', object }, 'Normal', reason, message);
  }

  return {
    stop: () => {
      for (const end of ends) end();
      return queue.stop();
    },
  };
}

function isServing(pod: Pod): boolean {
  return isPodActive(pod) && isPodReady(pod);
}
