import { isConflict, isNotFound } from '#shared/kube/kube-error.js';
import { paths } from '#shared/kube/paths.js';
import type { Node, Pod } from '#shared/kube/wire.js';
import { errorText } from '#shared/observe/logger.js';
import { unlessGone } from '../machinery/api-refusals.js';
import type { Controller, ControllerContext } from '../machinery/controller-context.js';
import { follow, isBeingDeleted, nameOf, namespaceOf, type ObjectFeed, uidOf } from '../machinery/object-feed.js';
import { toTimestamp } from '../machinery/timestamps.js';
import { createWorkQueue } from '../machinery/work-queue.js';
import { ClusterRooms, hasEnded } from './cluster-rooms.js';
import { placePod, reasonsAgainst } from './fit.js';
import { SchedulingQueue, type Waiting } from './scheduling-queue.js';

const COMPONENT = 'default-scheduler';
const CONCURRENT_BINDINGS = 8;
const CONCURRENT_STATUS_WRITES = 4;
/** A pod that still fits nowhere for the same reason is told of again only after this long. */
const REPEAT_EVENT_MS = 60_000;

export interface SchedulerFeeds {
  nodes: ObjectFeed<Node>;
  pods: ObjectFeed<Pod>;
}

/**
 * Gives pods their nodes. Decisions are made one after the other on what is free including what was just decided; the bindings are
 * written meanwhile. A pod that fits nowhere is tried again when something changes that lets it fit.
 */
export function startScheduler(context: ControllerContext, feeds: SchedulerFeeds): Controller {
  const { client, events, clock, logger } = context;
  const rooms = new ClusterRooms();
  /** Placed, and not seen on their node yet. */
  const placed = new Map<string, { waiting: Waiting; node: string }>();
  const refused = new Map<string, { pod: Pod; message: string; toldMs: number }>();
  const passes = createWorkQueue({ name: COMPONENT, clock, logger, workers: 1, reconcile: schedulePods });
  const bindings = createWorkQueue({ name: COMPONENT, clock, logger, workers: CONCURRENT_BINDINGS, reconcile: bind });
  const refusals = createWorkQueue({
    name: COMPONENT,
    clock,
    logger,
    workers: CONCURRENT_STATUS_WRITES,
    reconcile: writeRefusal,
  });
  const queue = new SchedulingQueue(clock, () => passes.add('pass'));

  const ends = [
    follow(feeds.nodes, { added: onNode, updated: onNode, removed: (node) => rooms.removeNode(node) }),
    follow(feeds.pods, { added: onPod, updated: onPod, removed: onPodRemoved }),
  ];

  function onNode(node: Node): void {
    rooms.putNode(node);
    wakeFor(nameOf(node));
  }

  function onPod(pod: Pod): void {
    const uid = uidOf(pod);
    const node = pod.spec?.nodeName ?? '';
    rooms.putPod(pod);
    if (hasEnded(pod)) wakeFor(node);
    if (isToSchedule(pod)) {
      if (!placed.has(uid)) queue.put(pod);
      return;
    }
    if (node !== '') placed.delete(uid);
    refused.delete(uid);
    queue.remove(uid);
  }

  function onPodRemoved(pod: Pod): void {
    const uid = uidOf(pod);
    const node = pod.spec?.nodeName ?? placed.get(uid)?.node ?? '';
    placed.delete(uid);
    refused.delete(uid);
    queue.remove(uid);
    rooms.release(uid);
    wakeFor(node);
  }

  /** Something became free on a node, or the node changed: whoever fits there now is tried again. */
  function wakeFor(node: string): void {
    const room = rooms.room(node);
    if (room === undefined) return;
    queue.wakeParked(({ pod, requests }) => reasonsAgainst(pod, requests, room).length === 0);
  }

  function schedulePods(): Promise<undefined> {
    for (const waiting of queue.takeReady()) {
      const { pod, requests } = waiting;
      const placement = placePod(pod, requests, rooms.rooms());
      if (placement.fits) {
        placed.set(uidOf(pod), { waiting, node: placement.node });
        rooms.assume(pod, requests, placement.node);
        bindings.add(uidOf(pod));
      } else {
        queue.park(waiting);
        refuse(pod, placement.message);
      }
    }
    return Promise.resolve(undefined);
  }

  async function bind(uid: string): Promise<undefined> {
    const decision = placed.get(uid);
    if (decision === undefined) return undefined;
    const { pod } = decision.waiting;
    const namespace = namespaceOf(pod);
    try {
      await client.create(paths.pods(namespace, nameOf(pod), 'binding'), {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: nameOf(pod), namespace, uid },
        target: { apiVersion: 'v1', kind: 'Node', name: decision.node },
      });
    } catch (error) {
      unplace(uid, decision.waiting, error);
      return undefined;
    }
    refused.delete(uid);
    const message = `Successfully assigned ${namespace}/${nameOf(pod)} to ${decision.node}`;
    events.record(subject(pod), 'Normal', 'Scheduled', message);
    return undefined;
  }

  function unplace(uid: string, waiting: Waiting, error: unknown): void {
    // Seen on a node or gone meanwhile: nothing is left to be taken back.
    if (!placed.delete(uid)) return;
    logger.debug('pod not bound', { pod: nameOf(waiting.pod), error: errorText(error) });
    rooms.release(uid);
    if (!isNotFound(error)) queue.retry(waiting);
    if (!isNotFound(error) && !isConflict(error))
      events.record(subject(waiting.pod), 'Warning', 'FailedScheduling', `binding rejected: ${errorText(error)}`);
  }

  function refuse(pod: Pod, message: string): void {
    const known = refused.get(uidOf(pod));
    const isNews = known?.message !== message;
    const nowMs = clock.now();
    if (!isNews && nowMs - known.toldMs < REPEAT_EVENT_MS) return;
    refused.set(uidOf(pod), { pod, message, toldMs: nowMs });
    events.record(subject(pod), 'Warning', 'FailedScheduling', message);
    if (isNews) refusals.add(uidOf(pod));
  }

  async function writeRefusal(uid: string): Promise<undefined> {
    const refusal = refused.get(uid);
    if (refusal === undefined) return undefined;
    const { pod, message } = refusal;
    const current = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    if (current?.status === 'False' && current.message === message) return undefined;
    const condition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastProbeTime: null,
      lastTransitionTime: current?.status === 'False' ? current.lastTransitionTime : toTimestamp(clock.now()),
    };
    const patch = { metadata: { uid }, status: { conditions: [condition] } };
    await unlessGone(client.patch(paths.pods(namespaceOf(pod), nameOf(pod), 'status'), 'strategic', patch));
    return undefined;
  }

  return {
    stop: async () => {
      for (const end of ends) end();
      queue.stop();
      await Promise.all([passes.stop(), bindings.stop(), refusals.stop()]);
    },
  };
}

function isToSchedule(pod: Pod): boolean {
  const { nodeName = '', schedulerName = COMPONENT, schedulingGates = [] } = pod.spec ?? {};
  return nodeName === '' && schedulerName === COMPONENT && schedulingGates.length === 0 && !isBeingDeleted(pod) && !hasEnded(pod);
}

function subject(object: Pod) {
  return { component: COMPONENT, apiVersion: 'v1', kind: 'Pod', object };
}
