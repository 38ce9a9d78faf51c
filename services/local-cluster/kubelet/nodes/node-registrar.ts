import { type Clock, sleep } from '#shared/clock/clock.js';
import type { KubeClient } from '#shared/kube/kube-client.js';
import { isAlreadyExists, isConflict, isNotFound, KubeError } from '#shared/kube/kube-error.js';
import { paths } from '#shared/kube/paths.js';
import type { KubeList, Node } from '#shared/kube/wire.js';
import { errorText, type Logger } from '#shared/observe/logger.js';
import { createWorkQueue } from '../work-queue.js';
import { withEarlierNodes } from './earlier-nodes.js';
import type { NodePlan } from './node-layout.js';
import {
  KUBELET_LABEL,
  LEASE_NAMESPACE,
  leaseObject,
  nodeLabels,
  nodeObject,
  nodeStatus,
  type NodeHost,
} from './node-objects.js';

export interface NodeRegistrarOptions {
  client: KubeClient;
  clock: Clock;
  logger: Logger;
  plans: readonly NodePlan[];
  /** Accelerator types that the data know. */
  knownTypes: ReadonlySet<string>;
  host: NodeHost;
}

export interface NodeRegistrar {
  /** Nodes that are ours: those of the plan, and earlier ones of types that the data still know, which have no cards any more. */
  nodeNames: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** The kubelet's own figures: the lease says "alive" every 10 s, the status (more to write and to store) every 5 min. */
const LEASE_EVERY_MS = 10_000;
const STATUS_EVERY_MS = 300_000;
const HEARTBEATS_AT_A_TIME = 8;
const LONGEST_RETRY_MS = 5_000;

/**
 * Registers the nodes, retrying while the API server is away, and keeps them alive until it is stopped. A node that is there already
 * gets the labels, addresses and capacity of today's data.
 * @throws KubeError when the API server refuses a node
 */
export async function registerNodes(options: NodeRegistrarOptions): Promise<NodeRegistrar> {
  const { client, clock, logger, host } = options;
  await untilAnswered(clock, logger, () => ensureLeaseNamespace(client));
  const shown = await untilAnswered(clock, logger, () =>
    client.get<KubeList<Node>>(paths.nodes(), { labelSelector: KUBELET_LABEL }),
  );
  const { plans, abandoned } = withEarlierNodes(options.plans, shown.items, options.knownTypes);
  if (abandoned.length > 0)
    logger.warn('nodes of types that are no longer in the data are left as they are, without heartbeat', { nodes: abandoned });
  const byName = new Map(plans.map((plan) => [plan.name, plan]));
  const nodes = new Map<string, Node>();
  for (const plan of plans) await untilAnswered(clock, logger, () => register(plan));

  async function register(plan: NodePlan): Promise<void> {
    const node = await createOrGet(client, plan, host);
    await client.patch(paths.nodes(plan.name), 'merge', { metadata: { labels: nodeLabels(plan, host) } });
    await writeStatus(plan, node);
    await renewLease(plan.name);
  }

  async function writeStatus(plan: NodePlan, node: Node): Promise<void> {
    const status = nodeStatus(plan, host, node.status, clock.now());
    nodes.set(plan.name, await client.patch<Node>(paths.nodes(plan.name, 'status'), 'merge', { status }));
  }

  async function renewLease(name: string): Promise<void> {
    const node = nodes.get(name);
    if (node === undefined) return;
    const lease = leaseObject(node, clock.now());
    try {
      await client.patch(paths.leases(LEASE_NAMESPACE, name), 'merge', { spec: lease.spec });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await ensureLeaseNamespace(client);
      await client.create(paths.leases(LEASE_NAMESPACE), lease);
    }
  }

  /** Keys are `lease NAME` and `status NAME`. */
  async function beat(key: string): Promise<void> {
    const [what, name = ''] = key.split(' ');
    const plan = byName.get(name);
    if (plan === undefined) return;
    if (what === 'lease') {
      await renewLease(name);
      return;
    }
    try {
      await writeStatus(plan, await client.get<Node>(paths.nodes(name)));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      logger.warn('node was deleted; registering it again', { node: name });
      await register(plan);
    }
  }

  const queue = createWorkQueue({
    process: beat,
    concurrency: HEARTBEATS_AT_A_TIME,
    clock,
    longestRetryMs: LONGEST_RETRY_MS,
    onError: (key, error, retryInMs) => logger.warn('heartbeat failed', { key, error: errorText(error), retryInMs }),
  });
  const stopTimers = [every(clock, LEASE_EVERY_MS, 'lease'), every(clock, STATUS_EVERY_MS, 'status')];

  function every(timer: Clock, periodMs: number, what: string): () => void {
    let cancel: () => void;
    const tick = (): void => {
      for (const name of byName.keys()) queue.add(`${what} ${name}`);
      cancel = timer.schedule(periodMs, tick);
    };
    cancel = timer.schedule(periodMs, tick);
    return () => cancel();
  }

  return {
    nodeNames: new Set(byName.keys()),
    stop: async () => {
      for (const stopTimer of stopTimers) stopTimer();
      await queue.stop();
    },
  };
}

async function createOrGet(client: KubeClient, plan: NodePlan, host: NodeHost): Promise<Node> {
  try {
    return await client.create<Node>(paths.nodes(), nodeObject(plan, host));
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return client.get<Node>(paths.nodes(plan.name));
  }
}

async function ensureLeaseNamespace(client: KubeClient): Promise<void> {
  try {
    await client.create(paths.namespaces(), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: LEASE_NAMESPACE } });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** Retries what got no answer, or a passing refusal; any other refusal is final. */
async function untilAnswered<T>(clock: Clock, logger: Logger, attempt: () => Promise<T>): Promise<T> {
  for (let retryMs = 200; ; retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isPassing(error)) throw error;
      logger.warn('API server not ready for the nodes yet', { error: errorText(error), retryInMs: retryMs });
      await sleep(clock, retryMs);
    }
  }
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof KubeError)) return false;
  return error.status === 0 || error.status >= 500 || error.status === 429 || isConflict(error) || isNotFound(error);
}
