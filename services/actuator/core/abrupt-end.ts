import type { Deployment } from '#shared/kube/wire.js';
import { templateOf } from './deployment-state.js';
import { modelContainer } from './model-container.js';

/** The API's own default. */
const DEFAULT_GRACE_SEC = 30;

/**
 * What pods lack to end without the loss of a request, in words; undefined where they lack nothing. A roll-out ends pods as the
 * Deployment controller sees fit: whoever routes to a pod must have seen that it goes before it does (preStop), and the requests that
 * it has by then must have time to finish (grace period).
 */
export function abruptEnd(deployment: Deployment, drainTimeoutSec: number): string | undefined {
  const template = templateOf(deployment);
  const container = modelContainer(template);
  if (container === undefined) return undefined;
  const graceSec = template.spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SEC;
  const lacks: string[] = [];
  if (container.lifecycle?.preStop === undefined) lacks.push(`container ${container.name} has no preStop hook`);
  if (graceSec < drainTimeoutSec) {
    lacks.push(`terminationGracePeriodSeconds is ${graceSec}, less than the drain timeout of ${drainTimeoutSec} s`);
  }
  return lacks.length === 0 ? undefined : `a roll-out may cut off requests: ${lacks.join(', and ')}`;
}
