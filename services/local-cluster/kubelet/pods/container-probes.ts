import type { Clock } from '#shared/clock/clock.js';
import type { Container } from '../kube-types.js';
import { runProbe } from '../probes/probe-runner.js';
import type { ProbeKind } from '../probes/probe-state.js';
import type { ProbeResult } from '../probes/probe-target.js';

export interface ContainerProbesOptions {
  container: Container;
  clock: Clock;
  attempt: (probe: NonNullable<Container['livenessProbe']>, timeoutMs: number) => Promise<ProbeResult>;
  /** The startup probe has passed; at once where there is none. */
  onStarted: () => void;
  onReady: (ready: boolean) => void;
  onFailure: (kind: ProbeKind, message: string) => void;
  /** The startup or liveness probe has failed as often in a row as it may: this life has to end. */
  onUnhealthy: (kind: ProbeKind) => void;
}

/** The probes of one life of a container. Readiness and liveness are asked for only once the startup probe has passed. */
export class ContainerProbes {
  readonly #options: ContainerProbesOptions;
  readonly #running = new Map<ProbeKind, () => void>();

  constructor(options: ContainerProbesOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#options.container.startupProbe === undefined) this.#started();
    else
      this.#run('startup', (passing) => {
        if (!passing) return;
        this.stop('startup');
        this.#started();
      });
  }

  stop(...kinds: ProbeKind[]): void {
    for (const kind of kinds) {
      this.#running.get(kind)?.();
      this.#running.delete(kind);
    }
  }

  stopAll(): void {
    this.stop('startup', 'readiness', 'liveness');
  }

  #started(): void {
    const { container, onStarted, onReady } = this.#options;
    onStarted();
    if (container.livenessProbe !== undefined) this.#run('liveness', () => undefined);
    if (container.readinessProbe === undefined) onReady(true);
    else this.#run('readiness', onReady);
  }

  #run(kind: ProbeKind, onVerdict: (passing: boolean) => void): void {
    const { container, clock, attempt, onFailure, onUnhealthy } = this.#options;
    const probe = container[`${kind}Probe`];
    if (probe === undefined) return;
    const stop = runProbe({
      kind,
      probe,
      clock,
      attempt: (timeoutMs) => attempt(probe, timeoutMs),
      onVerdict,
      onFailure: (message, exhausted) => {
        onFailure(kind, message);
        if (!exhausted || kind === 'readiness') return;
        this.stopAll();
        onUnhealthy(kind);
      },
    });
    this.#running.set(kind, stop);
  }
}
