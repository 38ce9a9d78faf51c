/** How long the next restart of a container waits. Kubelet's figures: 10 s doubling to 5 min, forgotten after 10 min of running. */
export interface RestartBackOff {
  /** Wait of the last restart; 0: it was the first and did not wait. */
  delayMs: number;
}

const FIRST_DELAY_MS = 10_000;
const LONGEST_DELAY_MS = 300_000;
const FORGET_AFTER_MS = 600_000;

/** The first restart is at once, then 10 s, 20 s, 40 s, … 300 s. `ranForMs`: how long the container that just ended had run. */
export function nextBackOff(previous: RestartBackOff | undefined, ranForMs: number): RestartBackOff {
  if (previous === undefined || ranForMs >= FORGET_AFTER_MS) return { delayMs: 0 };
  return { delayMs: Math.min(Math.max(FIRST_DELAY_MS, previous.delayMs * 2), LONGEST_DELAY_MS) };
}

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

export function restartPolicyOf(value: string | undefined): RestartPolicy {
  return value === 'Never' || value === 'OnFailure' ? value : 'Always';
}

export function shouldRestart(policy: RestartPolicy, exitCode: number): boolean {
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}
