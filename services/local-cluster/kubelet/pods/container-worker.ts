import { randomBytes } from 'node:crypto';
import type { Pod } from '#shared/kube/wire.js';
import { errorText } from '#shared/observe/logger.js';
import type { PodAddress } from '../addresses/address-book.js';
import { podKey } from '../kube-types.js';
import type { OfferedLoad } from '../load/offered-load.js';
import type { ContainerLog } from '../logs/container-log.js';
import { runProbe } from '../probes/probe-runner.js';
import type { ProbeKind } from '../probes/probe-state.js';
import { ContainerStartError, type ContainerExit, type RunningContainer } from '../runtime/container-runtime.js';
import type { ContainerRecord, Terminated } from './container-record.js';
import type { PodServices } from './pod-services.js';
import { runPreStop } from './pre-stop.js';
import { nextBackOff, restartPolicyOf, shouldRestart, type RestartBackOff } from './restart-back-off.js';

export interface ContainerWorkerOptions {
  services: PodServices;
  /** The pod as the API shows it now. */
  pod: () => Pod;
  address: () => PodAddress;
  record: ContainerRecord;
  onChange: () => void;
}

/** Wait before a container that could not be made is tried again; doubles with every failure. */
const FIRST_START_RETRY_MS = 10_000;
const LONGEST_START_RETRY_MS = 300_000;
/** A container that a probe stops gets no less than this between SIGTERM and SIGKILL. */
const LEAST_GRACE_MS = 2_000;

/** Runs one container of a pod over all its lives: start, probes, exit, back-off, start again, until it is told to end. */
export class ContainerWorker {
  readonly record: ContainerRecord;
  readonly #options: ContainerWorkerOptions;
  #running: RunningContainer | undefined;
  #log: ContainerLog | undefined;
  #probes = new Map<ProbeKind, () => void>();
  #backOff: RestartBackOff | undefined;
  #startFailures = 0;
  #restartDue = false;
  #cancelWait: () => void = () => undefined;
  #ending = false;
  #startingDone: Promise<void> = Promise.resolve();

  constructor(options: ContainerWorkerOptions) {
    this.#options = options;
    this.record = options.record;
  }

  /** Starts the container now. */
  start(): void {
    if (this.#ending) return;
    if (this.record.state.is === 'terminated') this.#restartDue = true;
    this.#startingDone = this.#start();
  }

  offerLoad(load: OfferedLoad | undefined): void {
    this.#running?.offerLoad?.(load);
  }

  /**
   * Ends the container for good: preStop, SIGTERM, and SIGKILL when `deadline` aborts (at least 2 s after SIGTERM). Resolves when it
   * has ended.
   */
  async shutDown(deadline: AbortSignal): Promise<void> {
    this.#ending = true;
    this.#cancelWait();
    await this.#startingDone;
    this.#stopProbe('startup');
    this.#stopProbe('liveness');
    const running = this.#running;
    if (running === undefined) {
      this.#settle();
      return;
    }
    const { services, pod, address } = this.#options;
    this.#event('Normal', 'Killing', `Stopping container ${this.record.container.name}`);
    const hook = this.record.container.lifecycle?.preStop;
    if (hook !== undefined) {
      const problem = await runPreStop(hook, this.record.container, address(), services.clock, deadline);
      if (problem !== undefined && !deadline.aborted)
        this.#event('Warning', 'FailedPreStopHook', `PreStopHook failed: ${problem}`);
    }
    const cutShort = hook !== undefined && deadline.aborted && (pod().metadata?.deletionGracePeriodSeconds ?? 0) > 0;
    this.#stopProbe('readiness');
    this.#setReady(false);
    await this.#endRunning(running, deadline, cutShort ? LEAST_GRACE_MS : 0);
  }

  /** Ends the container for good and at once. */
  async kill(): Promise<void> {
    this.#ending = true;
    this.#cancelWait();
    this.#stopProbes();
    await this.#startingDone;
    this.#running?.kill();
    await this.#running?.exited;
    this.#settle();
  }

  async #start(): Promise<void> {
    const { services, pod, address } = this.#options;
    const { container } = this.record;
    const uid = pod().metadata?.uid ?? '';
    const log = services.logs.open(uid, container.name);
    let running: RunningContainer;
    try {
      const deployment = await services.owners.findDeployment(pod());
      running = await services.runtime.start({ pod: pod(), container, deployment, address: address(), log });
    } catch (error) {
      log.end();
      this.#startFailed(error);
      return;
    }
    this.#startFailures = 0;
    this.#log = log;
    this.#running = running;
    this.#countRestart();
    this.record.containerId = `${services.runtime.name}://${randomBytes(32).toString('hex')}`;
    const startedMs = services.clock.now();
    this.record.state = { is: 'running', startedMs };
    this.#event('Normal', 'Pulled', `Container image "${container.image ?? ''}" already present on machine`);
    this.#event('Normal', 'Created', `Created container: ${container.name}`);
    this.#event('Normal', 'Started', `Started container ${container.name}`);
    void running.exited.then((exit) => this.#exited(exit, startedMs));
    this.#startProbes(running);
    this.#options.onChange();
  }

  #startFailed(error: unknown): void {
    const reason = error instanceof ContainerStartError ? error.reason : 'RunContainerError';
    const message = errorText(error);
    this.record.state = { is: 'waiting', reason, message };
    this.#event('Warning', 'Failed', `Error: ${message}`);
    const delayMs = Math.min(FIRST_START_RETRY_MS * 2 ** this.#startFailures++, LONGEST_START_RETRY_MS);
    this.#startAfter(delayMs);
    this.#options.onChange();
  }

  #startAfter(delayMs: number): void {
    if (this.#ending) return;
    this.#cancelWait = this.#options.services.clock.schedule(delayMs, () => this.start());
  }

  #startProbes(running: RunningContainer): void {
    const { startupProbe } = this.record.container;
    if (startupProbe === undefined) this.#started(running);
    else
      this.#probe('startup', running, (passing) => {
        if (!passing) return;
        this.#stopProbe('startup');
        this.#started(running);
        this.#options.onChange();
      });
  }

  #started(running: RunningContainer): void {
    const { readinessProbe, livenessProbe } = this.record.container;
    this.record.started = true;
    if (readinessProbe === undefined) this.record.ready = true;
    else this.#probe('readiness', running, (passing) => this.#setReady(passing));
    if (livenessProbe !== undefined) this.#probe('liveness', running, () => undefined);
  }

  #probe(kind: ProbeKind, running: RunningContainer, onVerdict: (passing: boolean) => void): void {
    const { services, address } = this.#options;
    const { container } = this.record;
    const probe = container[`${kind}Probe`];
    if (probe === undefined) return;
    const stop = runProbe({
      kind,
      probe,
      clock: services.clock,
      attempt: (timeoutMs) => services.probe(probe, container, address(), timeoutMs),
      onVerdict,
      onFailure: (message, exhausted) => {
        const name = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
        this.#event('Warning', 'Unhealthy', `${name} probe failed: ${message}`);
        if (exhausted && kind !== 'readiness') this.#stopUnhealthy(kind, running);
      },
    });
    this.#probes.set(kind, stop);
  }

  /** A failed liveness or startup probe ends this life; the restart policy says whether there is another. */
  #stopUnhealthy(kind: ProbeKind, running: RunningContainer): void {
    const { services, pod } = this.#options;
    const { container } = this.record;
    this.#stopProbes();
    this.#setReady(false);
    this.#event('Normal', 'Killing', `Container ${container.name} failed ${kind} probe, will be restarted`);
    const probe = container[`${kind}Probe`];
    const graceSec = probe?.terminationGracePeriodSeconds ?? pod().spec?.terminationGracePeriodSeconds ?? 30;
    const deadline = new AbortController();
    const cancel = services.clock.schedule(graceSec * 1000, () => deadline.abort());
    void this.#endRunning(running, deadline.signal, 0).finally(cancel);
  }

  async #endRunning(running: RunningContainer, deadline: AbortSignal, extraMs: number): Promise<void> {
    const { clock } = this.#options.services;
    let cancelKill: () => void = () => undefined;
    const killLater = (): void => {
      cancelKill = clock.schedule(extraMs, () => running.kill());
    };
    running.terminate();
    if (deadline.aborted) killLater();
    else deadline.addEventListener('abort', killLater, { once: true });
    await running.exited;
    deadline.removeEventListener('abort', killLater);
    cancelKill();
  }

  #exited(exit: ContainerExit, startedMs: number): void {
    const { services, pod, onChange } = this.#options;
    const { record } = this;
    const finishedMs = services.clock.now();
    this.#stopProbes();
    this.#running = undefined;
    this.#log?.end();
    const ended = { ...exit, startedMs, finishedMs, containerId: record.containerId };
    record.state = { is: 'terminated', ...ended };
    record.started = false;
    record.ready = false;
    if (!this.#ending && shouldRestart(restartPolicyOf(pod().spec?.restartPolicy), exit.exitCode)) {
      this.#restartDue = true;
      this.#backOff = nextBackOff(this.#backOff, finishedMs - startedMs);
      if (this.#backOff.delayMs > 0) this.#showBackOff(ended, this.#backOff.delayMs);
      this.#startAfter(this.#backOff.delayMs);
    }
    onChange();
  }

  /** Counted when the next life begins, as the kubelet does: a container in back-off shows the count of the life that ended. */
  #countRestart(): void {
    const { record } = this;
    if (!this.#restartDue) return;
    this.#restartDue = false;
    record.restartCount++;
    if (record.state.is === 'terminated') record.last = endOf(record.state);
  }

  #showBackOff(ended: Terminated, delayMs: number): void {
    const { name } = this.record.container;
    const { metadata } = this.#options.pod();
    const of = `failed container=${name} pod=${metadata?.name ?? ''}_${metadata?.namespace ?? ''}(${metadata?.uid ?? ''})`;
    this.record.last = ended;
    this.record.state = {
      is: 'waiting',
      reason: 'CrashLoopBackOff',
      message: `back-off ${delayMs / 1000}s restarting ${of}`,
    };
    this.#event('Warning', 'BackOff', `Back-off restarting ${of}`);
  }

  #setReady(ready: boolean): void {
    if (this.record.ready === ready) return;
    this.record.ready = ready;
    this.#options.onChange();
  }

  /** A container that never ran, or waits to run again, ends as what it was last. */
  #settle(): void {
    const { record } = this;
    record.ready = false;
    record.started = false;
    if (record.state.is !== 'waiting') return;
    const nowMs = this.#options.services.clock.now();
    record.state = {
      is: 'terminated',
      ...(record.last ?? {
        exitCode: 0,
        reason: 'Completed',
        startedMs: nowMs,
        finishedMs: nowMs,
        containerId: record.containerId,
      }),
    };
  }

  #stopProbe(kind: ProbeKind): void {
    this.#probes.get(kind)?.();
    this.#probes.delete(kind);
  }

  #stopProbes(): void {
    for (const stop of this.#probes.values()) stop();
    this.#probes.clear();
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { services, pod } = this.#options;
    const of = pod();
    services.events.record({
      object: { apiVersion: 'v1', kind: 'Pod', metadata: of.metadata },
      type,
      reason,
      message,
      container: this.record.container.name,
      node: of.spec?.nodeName,
    });
    services.logger.debug(message, { pod: podKey(of), reason });
  }
}

function endOf({ exitCode, reason, message, startedMs, finishedMs, containerId }: Terminated): Terminated {
  return { exitCode, reason, ...(message === undefined ? {} : { message }), startedMs, finishedMs, containerId };
}
