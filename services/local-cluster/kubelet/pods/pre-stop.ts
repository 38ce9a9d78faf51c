import { type Clock, sleep } from '#shared/clock/clock.js';
import type { PodAddress } from '../addresses/address-book.js';
import type { Container, LifecycleHandler } from '../kube-types.js';
import { httpGet } from '../probes/probe-target.js';

/** An HTTP hook has the whole grace period; this bounds it where nobody ends that. */
const LONGEST_HOOK_MS = 3_600_000;

/**
 * Runs a preStop hook until it is done or the grace period ends. `sleep` and `httpGet` are honoured; `exec` has no process to run
 * in and is done at once. Returns what went wrong; a failed hook does not stop the stopping.
 */
export async function runPreStop(
  hook: LifecycleHandler,
  container: Container,
  address: PodAddress,
  clock: Clock,
  deadline: AbortSignal,
): Promise<string | undefined> {
  if (hook.sleep !== undefined) {
    const slept = await sleep(clock, hook.sleep.seconds * 1000, deadline).then(
      () => true,
      () => false,
    );
    return slept ? undefined : 'the grace period ended first';
  }
  if (hook.httpGet === undefined) return undefined;
  const result = await httpGet(hook.httpGet, container, address, LONGEST_HOOK_MS, deadline);
  return result.succeeded ? undefined : result.message;
}
