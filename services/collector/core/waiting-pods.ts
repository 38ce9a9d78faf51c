import type { WaitingPods } from '#shared/contracts/loop.js';
import type { Deployment, Pod } from '#shared/kube/wire.js';
import { acceleratorOfPod } from './current-allocation.js';
import { unschedulableReason } from './managed-server.js';
import { notReadySince, unschedulableSince } from './pod-times.js';

/**
 * Pods that are not ready, by accelerator and why, the longest wait first; since when, and the words, are those of the oldest one. Pods
 * that do not tell since when are left out: nothing may be concluded from a wait that nobody measured.
 */
export function waitingPods(pods: readonly Pod[], deployment: Deployment): WaitingPods[] {
  const groups = new Map<string, WaitingPods>();
  for (const pod of pods) {
    const accelerator = acceleratorOfPod(pod, deployment);
    const { since, ...why } = waitOf(pod);
    if (since === null) continue;
    const group = `${why.why} on ${accelerator}`;
    const earlier = groups.get(group);
    const oldest = earlier !== undefined && earlier.since <= since ? earlier : { accelerator, since, ...why };
    groups.set(group, { ...oldest, pods: (earlier?.pods ?? 0) + 1 });
  }
  return [...groups.values()].sort((a, b) => a.since - b.since || compare(a.accelerator, b.accelerator) || compare(a.why, b.why));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function waitOf(pod: Pod): Pick<WaitingPods, 'why' | 'reason'> & { since: number | null } {
  const unschedulable = unschedulableReason(pod);
  if (unschedulable !== undefined) return { since: unschedulableSince(pod), why: 'unschedulable', reason: unschedulable };
  const since = notReadySince(pod);
  if (pod.spec?.nodeName === undefined) return { since, why: 'unscheduled', reason: 'no scheduler has found a node for it yet' };
  const containers = pod.status?.containerStatuses ?? [];
  const looping = containers.find(({ state }) => state?.waiting?.reason === 'CrashLoopBackOff');
  if (looping !== undefined) {
    return { since, why: 'crash-loop', reason: `container ${looping.name} was restarted ${looping.restartCount} times` };
  }
  const [waiting] = containers.flatMap(({ name, state }) => {
    const words = [state?.waiting?.reason, state?.waiting?.message].filter((text) => text !== undefined && text !== '');
    return words.length === 0 ? [] : [`container ${name}: ${words.join(': ')}`];
  });
  return { since, why: 'not-ready', reason: waiting ?? 'its containers run and are not ready' };
}
