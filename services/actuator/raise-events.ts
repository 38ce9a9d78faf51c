import type { KubeResource } from '#shared/contracts/loop.js';
import type { Clock } from '#shared/clock/clock.js';
import { annotations } from '#shared/kube/names.js';
import { pendingCountOf } from '#shared/kube/pending-count.js';
import type { Deployment } from '#shared/kube/wire.js';
import { errorText, type Logger } from '#shared/observe/logger.js';
import { EMPTY_LEDGER, forget, record, type DeploymentEvent } from './core/event-ledger.js';
import type { Plan } from './core/plan-patch.js';
import { isRolledOut } from './core/deployment-state.js';
import type { EventStore } from './ports.js';

/** Tells of a Deployment; never fails, and never makes the caller wait. */
export type RaiseEvent = (resource: KubeResource, event: Pick<DeploymentEvent, 'type' | 'reason' | 'message'>) => void;

export interface EventRaiser {
  raise: RaiseEvent;
  /** Resolves when nothing is being written any more. */
  stop(): Promise<void>;
}

/** Tells that a change of accelerator or max batch is over, where a plan that was written says so. */
export function raiseFinished(read: Deployment, { patch, reason }: Plan, raise: RaiseEvent): void {
  const pending = pendingCountOf(read);
  const isOver = patch?.metadata.annotations[annotations.pendingReplicas] === null && isRolledOut(read);
  if (pending === undefined || !isOver) return;
  const { uid = '', namespace: space = '', name = '' } = read.metadata ?? {};
  raise({ uid, space, name }, { type: 'Normal', reason: 'ChangeFinished', message: `${pending.why}: done; ${reason}` });
}

/** Beyond this an event is dropped: an API server that is away must not fill our memory. */
const MOST_IN_FLIGHT = 64;

/** Events are the least important writes: what cannot be written is lost, and said once in the log. */
export function createEventRaiser({ store, clock, logger }: { store: EventStore; clock: Clock; logger: Logger }): EventRaiser {
  const inFlight = new Set<Promise<void>>();
  let ledger = EMPTY_LEDGER;
  let stopped = false;

  async function write(event: DeploymentEvent, nowMs: number): Promise<void> {
    const step = record(ledger, event, nowMs);
    ({ ledger } = step);
    if (step.write === undefined) return;
    try {
      await store.write(event, step.write, nowMs);
    } catch (error) {
      ledger = forget(ledger, event);
      logger.warn(`${event.space}/${event.name}: event ${event.reason} could not be written`, { error: errorText(error) });
    }
  }

  return {
    raise: ({ uid, space, name }, event) => {
      if (stopped || inFlight.size >= MOST_IN_FLIGHT) return;
      const task = write({ uid, space, name, ...event }, clock.now()).finally(() => inFlight.delete(task));
      inFlight.add(task);
    },
    stop: async () => {
      stopped = true;
      await Promise.all(inFlight);
    },
  };
}
