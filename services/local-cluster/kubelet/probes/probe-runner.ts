import type { Clock } from '#shared/clock/clock.js';
import type { Probe } from '../kube-types.js';
import type { ProbeResult } from './probe-target.js';
import { hasFailed, initialProbeState, observeProbe, probeTiming, type ProbeKind } from './probe-state.js';

export interface ProbeRunnerOptions {
  kind: ProbeKind;
  probe: Probe;
  clock: Clock;
  /** Probes once. */
  attempt: (timeoutMs: number) => Promise<ProbeResult>;
  /** The verdict turned. */
  onVerdict: (passing: boolean) => void;
  /** One probe failed; `exhausted`: as many in a row as the threshold allows. */
  onFailure: (message: string, exhausted: boolean) => void;
}

/** Probes a running container from now until it is stopped: one timer or one request at a time. Returns the stop. */
export function runProbe({ kind, probe, clock, attempt, onVerdict, onFailure }: ProbeRunnerOptions): () => void {
  const timing = probeTiming(probe);
  let state = initialProbeState(kind);
  let stopped = false;
  let cancel = clock.schedule(timing.initialDelayMs, () => void probeNow());

  async function probeNow(): Promise<void> {
    const startedMs = clock.now();
    const result = await attempt(timing.timeoutMs);
    if (isStopped()) return;
    const before = state.passing;
    state = observeProbe(state, result.succeeded, timing);
    if (!result.succeeded) onFailure(result.message, hasFailed(state, timing));
    if (isStopped()) return;
    if (state.passing !== before) onVerdict(state.passing);
    if (isStopped()) return;
    cancel = clock.schedule(Math.max(0, startedMs + timing.periodMs - clock.now()), () => void probeNow());
  }

  // A callback may stop this runner; a plain read of the flag would be narrowed away by the compiler.
  function isStopped(): boolean {
    return stopped;
  }

  return () => {
    stopped = true;
    cancel();
  };
}
