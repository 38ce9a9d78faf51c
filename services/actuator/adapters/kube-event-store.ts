import type { KubeClient } from '#shared/kube/kube-client.js';
import { paths } from '#shared/kube/paths.js';
import type { KubeEvent } from '#shared/kube/wire.js';
import type { EventStore } from '../ports.js';

const COMPONENT = 'inferno-actuator';

/** core/v1 Events about Deployments, in the Deployment's namespace. */
export function createKubeEventStore(client: KubeClient): EventStore {
  return {
    write: async ({ uid, space, name, type, reason, message }, write, nowMs) => {
      // The API takes these times in whole seconds.
      const at = `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
      if (write.kind === 'count') {
        await client.patch(paths.events(space, write.eventName), 'merge', { count: write.count, lastTimestamp: at });
        return;
      }
      const event: KubeEvent = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: write.eventName, namespace: space },
        involvedObject: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: space, name, uid },
        type,
        reason,
        message,
        source: { component: COMPONENT },
        reportingComponent: COMPONENT,
        reportingInstance: COMPONENT,
        firstTimestamp: at,
        lastTimestamp: at,
        count: 1,
      };
      await client.create(paths.events(space), event);
    },
  };
}
