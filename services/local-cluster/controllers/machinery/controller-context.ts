import type { Clock } from '#shared/clock/clock.js';
import type { KubeClient } from '#shared/kube/kube-client.js';
import type { Logger } from '#shared/observe/logger.js';
import type { EventRecorder } from './event-recorder.js';

/** What every controller works with. */
export interface ControllerContext {
  client: KubeClient;
  events: EventRecorder;
  clock: Clock;
  logger: Logger;
}

/** A running controller. */
export interface Controller {
  stop(): Promise<void>;
}
