import { ServiceError } from '#shared/http/service-error.js';

export interface CycleQueue {
  /** Runs a task when all before it are done. @throws ServiceError UNAVAILABLE when too many wait, or it is closed */
  run<T>(task: () => Promise<T>): Promise<T>;
  readonly isBusy: boolean;
  /** Refuses what waits and what comes, and resolves when the running task is done. */
  close(): Promise<void>;
}

/** One after the other, in order of arrival; at most `mostWaiting` besides the one that runs. */
export function createCycleQueue(mostWaiting: number): CycleQueue {
  let last: Promise<unknown> = Promise.resolve();
  let unfinished = 0;
  let closed = false;

  return {
    get isBusy() {
      return unfinished > 0;
    },
    run: (task) => {
      if (closed) return Promise.reject(closing());
      if (unfinished > mostWaiting) {
        return Promise.reject(new ServiceError('UNAVAILABLE', `${mostWaiting} cycles wait already (INFERNO_CONTROL_QUEUE)`));
      }
      unfinished++;
      const turn = last
        .then(() => (closed ? Promise.reject(closing()) : task()))
        .finally(() => {
          unfinished--;
        });
      last = turn.catch(() => undefined);
      return turn;
    },
    close: async () => {
      closed = true;
      await last;
    },
  };
}

function closing(): ServiceError {
  return new ServiceError('UNAVAILABLE', 'the controller is stopping');
}
