import type { Probe } from '../kube-types.js';

export type ProbeKind = 'startup' | 'readiness' | 'liveness';

export interface ProbeTiming {
  initialDelayMs: number;
  periodMs: number;
  timeoutMs: number;
  successThreshold: number;
  failureThreshold: number;
}

/** A probe's verdict so far, and how many results in a row speak for (positive) or against (negative) it. */
export interface ProbeState {
  passing: boolean;
  streak: number;
}

/** The API server fills in these defaults; they are repeated for one that does not. */
export function probeTiming(probe: Probe): ProbeTiming {
  return {
    initialDelayMs: Math.max(0, probe.initialDelaySeconds ?? 0) * 1000,
    periodMs: Math.max(1, probe.periodSeconds ?? 10) * 1000,
    timeoutMs: Math.max(1, probe.timeoutSeconds ?? 1) * 1000,
    successThreshold: Math.max(1, probe.successThreshold ?? 1),
    failureThreshold: Math.max(1, probe.failureThreshold ?? 3),
  };
}

/** Before the first result a container counts as alive, but neither as started nor as ready. */
export function initialProbeState(kind: ProbeKind): ProbeState {
  return { passing: kind === 'liveness', streak: 0 };
}

/** The verdict turns when as many results in a row as the threshold says contradict it. */
export function observeProbe(
  state: ProbeState,
  succeeded: boolean,
  timing: Pick<ProbeTiming, 'successThreshold' | 'failureThreshold'>,
): ProbeState {
  const streak = succeeded ? Math.max(0, state.streak) + 1 : Math.min(0, state.streak) - 1;
  if (succeeded) return { passing: state.passing || streak >= timing.successThreshold, streak };
  return { passing: state.passing && -streak < timing.failureThreshold, streak };
}

/** Whether the failures in a row have reached the threshold: what restarts a container for its liveness or startup probe. */
export function hasFailed(state: ProbeState, timing: Pick<ProbeTiming, 'failureThreshold'>): boolean {
  return -state.streak >= timing.failureThreshold;
}
