import { mapBounded } from '#shared/async/map-bounded.js';
import type { KubeResource, UpdateRequest, UpdateResponse, UpdateResult } from '#shared/contracts/loop.js';
import { labelOrAnnotation, labels } from '#shared/kube/names.js';
import type { Deployment } from '#shared/kube/wire.js';
import { errorText, type Logger } from '#shared/observe/logger.js';
import { planPatch, planRepair, type AllocationTarget, type Plan } from './core/plan-patch.js';
import type { DeploymentStore } from './ports.js';
import { raiseFinished, type RaiseEvent } from './raise-events.js';

export interface UpdateDeps {
  store: DeploymentStore;
  raise: RaiseEvent;
  now: () => number;
  logger: Logger;
  /** Servers that are handled at a time. */
  concurrency: number;
}

/** Somebody else writes the same object all the time: after so many tries the next cycle has its turn. */
const MOST_TRIES = 5;

/** Brings each named server one step nearer to its allocation, or repairs it. No failure of one server reaches another. */
export async function updateServers(request: UpdateRequest, deps: UpdateDeps): Promise<UpdateResponse> {
  const repairs = new Set(request.repair.filter((server) => !Object.hasOwn(request.allocations, server)));
  const servers = [...Object.keys(request.allocations), ...repairs];
  const results = await mapBounded(servers, deps.concurrency, async (server) => {
    const result = await updateServer(server, request, deps).catch((error: unknown): UpdateResult => ({
      status: 'failed',
      reason: errorText(error),
    }));
    const level = result.status === 'failed' ? 'warn' : result.status === 'unchanged' ? 'debug' : 'info';
    deps.logger[level](`${server}: ${result.status}`, { reason: result.reason });
    return [server, result] as const;
  });
  const told = results.filter(([server, { status }]) => !repairs.has(server) || status !== 'unchanged');
  const answer = { results: Object.fromEntries(told) };
  raiseRequested(request, answer, deps.raise);
  raiseRepaired(
    request,
    told.filter(([server]) => repairs.has(server)),
    deps.raise,
  );
  return answer;
}

function raiseRepaired(request: UpdateRequest, repaired: readonly (readonly [string, UpdateResult])[], raise: RaiseEvent): void {
  for (const [server, { status, reason }] of repaired) {
    const resource = request['kube-resources'][server];
    if (resource !== undefined && status === 'applied')
      raise(resource, { type: 'Normal', reason: 'TemplateRepaired', message: reason });
  }
}

function raiseRequested(request: UpdateRequest, { results }: UpdateResponse, raise: RaiseEvent): void {
  const resources = new Map(Object.entries(request['kube-resources']));
  const statuses = new Map(Object.entries(results).map(([server, { status }]) => [server, status]));
  for (const { server, ifApplied, ...event } of request.events) {
    const resource = resources.get(server);
    if (resource !== undefined && (!ifApplied || statuses.get(server) === 'applied')) raise(resource, event);
  }
}

async function updateServer(server: string, request: UpdateRequest, { store, raise, now }: UpdateDeps): Promise<UpdateResult> {
  const resources = request['kube-resources'];
  const resource = Object.hasOwn(resources, server) ? resources[server] : undefined;
  if (resource === undefined) return { status: 'failed', reason: 'kube-resources names no Deployment for it' };
  const allocation = Object.hasOwn(request.allocations, server) ? request.allocations[server] : undefined;
  const planFor = (deployment: Deployment): Plan | undefined =>
    allocation === undefined
      ? planRepair(deployment, request.accelerators, now())
      : planPatch(deployment, { ...allocation, ...surgeOf(request, server) }, request.accelerators, now());
  return applyPlan(store, resource, (deployment) => refusal(deployment, server, resource) ?? planFor(deployment), raise);
}

function surgeOf({ surges }: UpdateRequest, server: string): Pick<AllocationTarget, 'maxSurge'> {
  const maxSurge = Object.hasOwn(surges, server) ? surges[server] : undefined;
  return maxSurge === undefined ? {} : { maxSurge };
}

/**
 * Plans on the object as it is now, writes with its version as the precondition, and plans anew when it changed in between.
 * @param plan undefined: there is nothing to do
 */
export async function applyPlan(
  store: DeploymentStore,
  name: { space: string; name: string },
  plan: (deployment: Deployment) => Plan | undefined,
  raise: RaiseEvent,
): Promise<UpdateResult> {
  const full = `${name.space}/${name.name}`;
  for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
    const deployment = await store.read(name);
    if (deployment === undefined || deployment.metadata?.deletionTimestamp !== undefined) {
      return { status: 'gone', reason: `Deployment ${full} is deleted` };
    }
    const step = plan(deployment) ?? { status: 'unchanged', reason: 'nothing to do' };
    const { patch, status, reason } = step;
    if (patch === undefined) return { status, reason };
    const outcome = await store.write(deployment, patch);
    if (outcome === 'written') {
      raiseFinished(deployment, step, raise);
      return { status, reason };
    }
    if (outcome === 'gone') return { status: 'gone', reason: `Deployment ${full} was deleted meanwhile` };
  }
  return { status: 'failed', reason: `Deployment ${full} changed under each of ${MOST_TRIES} tries` };
}

/** Why this object is not the one that the decision was made for. */
function refusal(deployment: Deployment, server: string, resource: KubeResource): Plan | undefined {
  const { metadata } = deployment;
  const full = `${resource.space}/${resource.name}`;
  if (resource.uid !== '' && metadata?.uid !== resource.uid) {
    return { status: 'gone', reason: `Deployment ${full} is another object by now (uid ${metadata?.uid ?? 'unknown'})` };
  }
  if (metadata?.labels?.[labels.managed] !== 'true') {
    return { status: 'held', reason: `Deployment ${full} is not managed any more (label ${labels.managed})` };
  }
  const name = labelOrAnnotation(metadata, labels.name);
  if (name !== server) return { status: 'failed', reason: `Deployment ${full} is server ${name ?? '(no name)'}, not ${server}` };
  return undefined;
}
