import type { Clock } from '#shared/clock/clock.js';
import type { KubeClient } from '#shared/kube/kube-client.js';
import type { Logger } from '#shared/observe/logger.js';
import type { AddressBook } from '../addresses/address-book.js';
import type { EventRecorder } from '../events/event-recorder.js';
import type { Owners } from '../load/owners.js';
import type { LogStore } from '../logs/log-store.js';
import type { probeOnce } from '../probes/probe-target.js';
import type { ContainerRuntime } from '../runtime/container-runtime.js';

/** What every pod worker works with. */
export interface PodServices {
  client: KubeClient;
  clock: Clock;
  logger: Logger;
  runtime: ContainerRuntime;
  addresses: AddressBook;
  events: EventRecorder;
  logs: LogStore;
  owners: Owners;
  probe: typeof probeOnce;
  hostIp: string;
}
