import { randomBytes } from 'node:crypto';
import type { Pod } from '#shared/kube/wire.js';
import { errorText } from '#shared/observe/logger.js';
import type { PodAddress } from '../addresses/address-book.js';
import type { OfferedLoad } from '../load/offered-load.js';
import type { ContainerLog } from '../logs/container-log.js';
import type { ProbeKind } from '../probes/probe-state.js';
import { ContainerStartError, type ContainerExit, type RunningContainer } from '../runtime/container-runtime.js';
import { ContainerProbes } from './container-probes.js';
import type { ContainerRecord, Terminated } from './container-record.js';
import { endContainer } from './end-container.js';
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
/** Between SIGTERM and SIGKILL where a preStop hook has used up the grace period. */
const LEAST_GRACE_MS = 2_000;

/** Runs one container of a pod over all its lives: start, probes, exit, back-off, start again, until it is told to end. */
export class ContainerWorker {
  readonly record: ContainerRecord;
  readonly #options: ContainerWorkerOptions;
  readonly #probes: ContainerProbes;
  #running: RunningContainer | undefined;
  #log: ContainerLog | undefined;
  #backOff: RestartBackOff | undefined;
  #startFailures = 0;
  #restartDue = false;
  #cancelWait: () => void = () => undefined;
  #ending = false;
  #startingDone: Promise<void> = Promise.resolve();

  constructor(options: ContainerWorkerOptions) {
    this.#options = options;
    this.record = options.record;
    const { services, address, record } = options;
    this.#probes = new ContainerProbes({
      container: record.container,
      clock: services.clock,
      attempt: (probe, timeoutMs) => services.probe(probe, record.container, address(), timeoutMs),
      onStarted: () => {
        record.started = true;
        options.onChange();
      },
      onReady: (ready) => this.#setReady(ready),
      onFailure: (kind, message) =>
        this.#event('Warning', 'Unhealthy', `${kind.charAt(0).toUpperCase()}${kind.slice(1)} probe failed: ${message}`),
      onUnhealthy: (kind) => this.#stopUnhealthy(kind),
    });
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
   * Ends the container for good: preStop, SIGTERM, and SIGKILL when `deadline` aborts. Readiness is asked for until SIGTERM, as the
   * container goes on serving during its hook. Resolves when it has ended.
   */
  async shutDown(deadline: AbortSignal): Promise<void> {
    this.#ending = true;
    this.#cancelWait();
    await this.#startingDone;
    this.#probes.stop('startup', 'liveness');
    const running = this.#running;
    if (running === undefined) {
      this.#settle();
      return;
    }
    this.#event('Normal', 'Killing', `Stopping container ${this.record.container.name}`);
    const hookWasCut = await this.#runPreStop(deadline);
    this.#probes.stopAll();
    this.#setReady(false);
    await endContainer(running, deadline, this.#options.services.clock, hookWasCut ? LEAST_GRACE_MS : 0);
  }

  /** Ends the container for good and at once. */
  async kill(): Promise<void> {
    this.#ending = true;
    this.#cancelWait();
    await this.#startingDone;
    this.#probes.stopAll();
    const running = this.#running;
    running?.kill();
    await running?.exited;
    this.#settle();
  }

  async #start(): Promise<void> {
    const { services, pod, address } = this.#options;
    const { record } = this;
    const { container } = record;
    const log = services.logs.open(pod().metadata?.uid ?? '', container.name);
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
    record.containerId = `${services.runtime.name}://${randomBytes(32).toString('hex')}`;
    const startedMs = services.clock.now();
    record.state = { is: 'running', startedMs };
    this.#event('Normal', 'Pulled', `Container image "${container.image ?? ''}" already present on machine`);
    this.#event('Normal', 'Created', `Created container: ${container.name}`);
    this.#event('Normal', 'Started', `Started container ${container.name}`);
    void running.exited.then((exit) => this.#exited(exit, startedMs));
    this.#probes.start();
    this.#options.onChange();
  }

  #startFailed(error: unknown): void {
    const reason = error instanceof ContainerStartError ? error.reason : 'RunContainerError';
    const message = errorText(error);
    this.record.state = { is: 'waiting', reason, message };
    this.#event('Warning', 'Failed', `Error: ${message}`);
    this.#startAfter(Math.min(FIRST_START_RETRY_MS * 2 ** this.#startFailures++, LONGEST_START_RETRY_MS));
    this.#options.onChange();
  }

  #startAfter(delayMs: number): void {
    if (this.#ending) return;
    this.#cancelWait = this.#options.services.clock.schedule(delayMs, () => this.start());
  }

  /** Answers whether the hook was cut by the end of the grace period. */
  async #runPreStop(deadline: AbortSignal): Promise<boolean> {
    const { services, address } = this.#options;
    const { container } = this.record;
    const hook = container.lifecycle?.preStop;
    if (hook === undefined) return false;
    const problem = await runPreStop(hook, container, address(), services.clock, deadline);
    if (deadline.aborted) return true;
    if (problem !== undefined) this.#event('Warning', 'FailedPreStopHook', `PreStopHook failed: ${problem}`);
    return false;
  }

  /** A failed liveness or startup probe ends this life; the restart policy says whether there is another. */
  #stopUnhealthy(kind: ProbeKind): void {
    const { services, pod } = this.#options;
    const { container } = this.record;
    const running = this.#running;
    if (running === undefined) return;
    this.#setReady(false);
    this.#event('Normal', 'Killing', `Container ${container.name} failed ${kind} probe, will be restarted`);
    const graceSec = container[`${kind}Probe`]?.terminationGracePeriodSeconds ?? pod().spec?.terminationGracePeriodSeconds ?? 30;
    const deadline = new AbortController();
    const cancel = services.clock.schedule(graceSec * 1000, () => deadline.abort());
    void endContainer(running, deadline.signal, services.clock, 0).finally(cancel);
  }

  #exited(exit: ContainerExit, startedMs: number): void {
    const { services, pod, onChange } = this.#options;
    const { record } = this;
    const finishedMs = services.clock.now();
    this.#probes.stopAll();
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
    const { record } = this;
    const { name = '', namespace = '', uid = '' } = this.#options.pod().metadata ?? {};
    const restarting = `restarting failed container=${record.container.name} pod=${name}_${namespace}(${uid})`;
    record.last = ended;
    record.state = { is: 'waiting', reason: 'CrashLoopBackOff', message: `back-off ${delayMs / 1000}s ${restarting}` };
    this.#event('Warning', 'BackOff', `Back-off ${restarting}`);
  }

  #setReady(ready: boolean): void {
    if (this.record.ready === ready) return;
    this.record.ready = ready;
    this.#options.onChange();
  }

  /** A container that never ran, or waits to run again, ends as what it was last. */
  #settle(): void {
    const { record } = this;
    if (record.state.is !== 'waiting') return;
    const nowMs = this.#options.services.clock.now();
    const never = { exitCode: 0, reason: 'Completed', startedMs: nowMs, finishedMs: nowMs, containerId: record.containerId };
    record.state = { is: 'terminated', ...(record.last ?? never) };
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { services, pod } = this.#options;
    const { metadata, spec } = pod();
    const object = { apiVersion: 'v1', kind: 'Pod', metadata };
    services.events.record({ object, type, reason, message, container: this.record.container.name, node: spec?.nodeName });
  }
}

function endOf({ exitCode, reason, message, startedMs, finishedMs, containerId }: Terminated): Terminated {
  return { exitCode, reason, ...(message === undefined ? {} : { message }), startedMs, finishedMs, containerId };
}
