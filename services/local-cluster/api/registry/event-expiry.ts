import type { Clock } from '#shared/clock/clock.js';
import { events } from '../kinds/events.js';
import type { ObjectStore } from '../store/object-store.js';

const EVENT_LIFE_MS = 60 * 60_000;
const SWEEP_PERIOD_MS = 60_000;

/**
 * Removes events an hour after their last write, as a real server does. Which write was the last is not stored with an event;
 * events from before a restart count from the restart.
 * @returns the end of it
 */
export function expireEvents(store: ObjectStore, clock: Clock): () => void {
  const writtenAt = new Map<string, number>(store.list(events.resource).map(({ key }) => [key, clock.now()]));
  const unsubscribe = store.subscribe(events.resource, ({ type, current }) => {
    // Deleting first keeps the map in order of age.
    writtenAt.delete(current.key);
    if (type !== 'DELETED') writtenAt.set(current.key, clock.now());
  });
  let cancel = schedule();
  return () => {
    cancel();
    unsubscribe();
  };

  function schedule(): () => void {
    return clock.schedule(SWEEP_PERIOD_MS, () => {
      sweep();
      cancel = schedule();
    });
  }

  function sweep(): void {
    for (const [key, at] of [...writtenAt]) {
      if (clock.now() - at < EVENT_LIFE_MS) break;
      const [namespace = '', name = ''] = key.split('/');
      const stored = store.get(events.resource, namespace, name);
      if (stored !== undefined) store.remove(events.resource, stored);
    }
  }
}
