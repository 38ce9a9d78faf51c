import type { ActuatorStatus } from '#shared/contracts/loop.js';
import type { Clock } from '#shared/clock/clock.js';
import { labelOrAnnotation, labels } from '#shared/kube/names.js';
import { pendingCountOf } from '#shared/kube/pending-count.js';
import type { Deployment } from '#shared/kube/wire.js';
import { errorText, type Logger } from '#shared/observe/logger.js';
import { isRolledOut, replicasOf } from './core/deployment-state.js';
import { planPending } from './core/plan-patch.js';
import type { DeploymentStore, ManagedDeployments } from './ports.js';
import type { RaiseEvent } from './raise-events.js';
import { applyPlan } from './update-servers.js';

export interface FinisherDeps {
  store: DeploymentStore;
  raise: RaiseEvent;
  deployments: ManagedDeployments;
  clock: Clock;
  logger: Logger;
  /** What failed is tried again after this time. */
  retryMs: number;
}

export interface Finisher {
  start(): void;
  /** Resolves when nothing is being written any more. */
  stop(): Promise<void>;
  status(): ActuatorStatus;
}

/**
 * Phase 2 in the background: sets the counts that wait in annotations as soon as the new pods are available. All that it knows is in
 * the cluster, so a restarted actuator goes on where the last one was.
 */
export function createFinisher({ store, raise, deployments, clock, logger, retryMs }: FinisherDeps): Finisher {
  const inFlight = new Map<string, Promise<void>>();
  let cancelTimer = (): void => undefined;
  let endListening = (): void => undefined;
  let stopped = false;

  function consider(deployment: Deployment): void {
    const { namespace: space = '', name = '', uid = '' } = deployment.metadata ?? {};
    if (stopped || uid === '' || inFlight.has(uid) || planPending(deployment) === undefined) return;
    const task = finish(space, name, uid).finally(() => inFlight.delete(uid));
    inFlight.set(uid, task);
  }

  async function finish(space: string, name: string, uid: string): Promise<void> {
    try {
      const result = await applyPlan(
        store,
        { space, name },
        (fresh) => (fresh.metadata?.uid === uid ? planPending(fresh) : undefined),
        raise,
      );
      if (result.status !== 'unchanged') {
        logger.info(`${space}/${name}: new pods are available: ${result.status}`, { reason: result.reason });
      }
    } catch (error) {
      logger.warn(`${space}/${name}: the count could not be set; tried again`, { error: errorText(error) });
    }
  }

  function sweep(): void {
    deployments.list().forEach(consider);
    if (!stopped) cancelTimer = clock.schedule(retryMs, sweep);
  }

  return {
    start: () => {
      endListening = deployments.onChange(consider);
      sweep();
    },
    stop: async () => {
      stopped = true;
      cancelTimer();
      endListening();
      await Promise.all(inFlight.values());
    },
    status: () => ({ underWay: deployments.list().flatMap(underWay) }),
  };
}

function underWay(deployment: Deployment): ActuatorStatus['underWay'] {
  const pending = pendingCountOf(deployment);
  if (pending === undefined) return [];
  const { status, metadata } = deployment;
  const isDone = isRolledOut(deployment);
  const current = replicasOf(deployment);
  const available = `${status?.updatedReplicas ?? 0} of ${current} pods are new, ${status?.availableReplicas ?? 0} available`;
  return [
    {
      server: labelOrAnnotation(metadata, labels.name) ?? `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`,
      phase: isDone ? 'count' : 'template',
      since: pending.since,
      reason: `${pending.why}; ${available}; then ${pending.replicas} replicas`,
    },
  ];
}
