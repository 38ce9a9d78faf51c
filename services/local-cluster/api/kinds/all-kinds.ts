import { clusterRoleBindings, clusterRoles, roleBindings, roles } from './access.js';
import { autoscalers } from './autoscalers.js';
import { configMaps, secrets, serviceAccounts } from './configuration.js';
import { deployments } from './deployments.js';
import { events } from './events.js';
import type { Kind } from './kind.js';
import { leases } from './leases.js';
import { namespaces } from './namespaces.js';
import { nodes } from './nodes.js';
import { pods } from './pods.js';
import { replicaSets } from './replica-sets.js';
import { services } from './services.js';

/** Every kind that is served. */
export const kinds: readonly Kind[] = [
  configMaps,
  events,
  namespaces,
  nodes,
  pods,
  secrets,
  serviceAccounts,
  services,
  deployments,
  replicaSets,
  autoscalers,
  leases,
  clusterRoleBindings,
  clusterRoles,
  roleBindings,
  roles,
];

/** The kind that a path names; undefined where there is none. */
export function findKind(group: string, version: string, plural: string): Kind | undefined {
  return kinds.find((kind) => kind.group === group && kind.version === version && kind.plural === plural);
}
