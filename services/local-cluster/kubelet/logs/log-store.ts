import type { Clock } from '#shared/clock/clock.js';
import { ContainerLog } from './container-log.js';

/** The output of the containers of this kubelet's pods: of the life that runs or ended last, and of the one before. */
export interface LogStore {
  /** A container starts a life: what was current becomes previous. */
  open(podUid: string, container: string): ContainerLog;
  find(podUid: string, container: string): { current: ContainerLog; previous: ContainerLog | undefined } | undefined;
  /** The pod is gone, and its logs with it. */
  drop(podUid: string): void;
}

export function createLogStore(clock: Clock): LogStore {
  const byPod = new Map<string, Map<string, { current: ContainerLog; previous: ContainerLog | undefined }>>();
  return {
    open: (podUid, container) => {
      const containers = byPod.get(podUid) ?? new Map<string, { current: ContainerLog; previous: ContainerLog | undefined }>();
      byPod.set(podUid, containers);
      const current = new ContainerLog(clock);
      const previous = containers.get(container)?.current;
      previous?.end();
      containers.set(container, { current, previous });
      return current;
    },
    find: (podUid, container) => byPod.get(podUid)?.get(container),
    drop: (podUid) => {
      for (const { current } of byPod.get(podUid)?.values() ?? []) current.end();
      byPod.delete(podUid);
    },
  };
}
