import type { Deployment } from '#shared/kube/wire.js';
import { abruptEnd } from './core/abrupt-end.js';
import type { RaiseEvent } from './raise-events.js';

/** Warns once of each Deployment whose pods may end abruptly, and anew when what they lack has changed. */
export function createEndWarner(raise: RaiseEvent, drainTimeoutSec: number) {
  const told = new Map<string, string>();
  return {
    see: (deployment: Deployment): void => {
      const { uid = '', namespace: space = '', name = '' } = deployment.metadata ?? {};
      const message = abruptEnd(deployment, drainTimeoutSec);
      if (told.get(uid) === message) return;
      if (message === undefined) {
        told.delete(uid);
        return;
      }
      told.set(uid, message);
      raise({ uid, space, name }, { type: 'Warning', reason: 'AbruptEnd', message });
    },
    forget: ({ metadata }: Deployment): void => {
      told.delete(metadata?.uid ?? '');
    },
  };
}
