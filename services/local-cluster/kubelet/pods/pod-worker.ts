import type { Pod } from '#shared/kube/wire.js';
import { errorText } from '#shared/observe/logger.js';
import type { PodAddress } from '../addresses/address-book.js';
import { podKey, type PodStatus } from '../kube-types.js';
import type { OfferedLoad } from '../load/offered-load.js';
import { portOf } from '../runtime/model-server-parameters.js';
import { newContainerRecord, recoverContainerRecord, type ContainerRecord } from './container-record.js';
import { ContainerWorker } from './container-worker.js';
import { GraceDeadline } from './grace-deadline.js';
import type { PodServices } from './pod-services.js';
import { buildPodStatus, type PodView } from './pod-status.js';

/** Wait before another address is looked for when none was free. */
const ADDRESS_RETRY_MS = 10_000;

/** `onChange`: the pod's status may be another now. */
export interface PodWorkerOptions {
  services: PodServices;
  pod: Pod;
  onChange: () => void;
}

/** Runs one pod from its binding to its end. What it shows in the API is `status()`; writing that is left to others. */
export class PodWorker {
  readonly uid: string;
  readonly #services: PodServices;
  readonly #onChange: () => void;
  readonly #initRecords: readonly ContainerRecord[];
  readonly #workers: readonly ContainerWorker[];
  readonly #sidecars: readonly ContainerWorker[];
  readonly #startTimeMs: number;
  #pod: Pod;
  #address: PodAddress | undefined;
  #initialized = false;
  #grace: GraceDeadline | undefined;
  #ended = false;
  #killed = false;
  #cancelWait: () => void = () => undefined;

  constructor({ services, pod, onChange }: PodWorkerOptions) {
    this.#services = services;
    this.#pod = pod;
    this.#onChange = onChange;
    this.uid = pod.metadata?.uid ?? '';
    const nowMs = services.clock.now();
    this.#startTimeMs = pod.status?.startTime === undefined ? nowMs : Date.parse(pod.status.startTime);
    const { containers = [], initContainers = [] } = pod.spec ?? {};
    const worker = (record: ContainerRecord): ContainerWorker =>
      new ContainerWorker({ services, pod: () => this.#pod, address: () => this.#requireAddress(), record, onChange });
    this.#workers = containers.map((container) => {
      const status = pod.status?.containerStatuses?.find(({ name }) => name === container.name);
      return worker(recoverContainerRecord(container, status, nowMs));
    });
    const init = initContainers.map((container) => ({ container, record: newContainerRecord(container) }));
    this.#initRecords = init.map(({ record }) => record);
    this.#sidecars = init.filter(({ container }) => container.restartPolicy === 'Always').map(({ record }) => worker(record));
  }

  /** The pod as it was last seen. */
  get pod(): Pod {
    return this.#pod;
  }

  get address(): PodAddress | undefined {
    return this.#address;
  }

  /** All containers have ended and will not run again, because the pod is being deleted. */
  get terminated(): boolean {
    return this.#ended && this.#grace !== undefined;
  }

  /** Takes the pod up: gives it an address, runs its init containers, starts the others. */
  start(): void {
    if (isFinished(this.#pod)) {
      this.#ended = true;
      this.#initialized = true;
    } else if (this.#pod.metadata?.deletionTimestamp === undefined) void this.#start();
    this.see(this.#pod);
  }

  /** The pod changed in the API. What is older than what was seen last (a late watch event) is passed over. */
  see(pod: Pod): void {
    if (isOlder(pod.metadata?.resourceVersion, this.#pod.metadata?.resourceVersion)) return;
    this.#pod = pod;
    const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata ?? {};
    if (deletionTimestamp === undefined) return;
    const graceMs = (deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000;
    if (this.#grace !== undefined) {
      this.#grace.shortenTo(graceMs);
      return;
    }
    this.#grace = new GraceDeadline(this.#services.clock, graceMs);
    void this.#shutDown(this.#grace);
  }

  /** What the API should show; undefined: a pod that has come to its end stays as it is. */
  status(): PodStatus | undefined {
    return isFinished(this.#pod) ? undefined : buildPodStatus(this.#pod, this.#view(), this.#services.clock.now());
  }

  offerLoad(load: OfferedLoad | undefined): void {
    for (const worker of this.#workers) worker.offerLoad(load);
  }

  /** The pod is gone from the API, or the kubelet ends: everything stops at once, and nothing more is written. */
  async kill(): Promise<void> {
    this.#killed = true;
    this.#cancelWait();
    this.#grace?.cancel();
    await Promise.all([...this.#workers, ...this.#sidecars].map((worker) => worker.kill()));
    this.#release();
  }

  async #start(): Promise<void> {
    const { addresses, clock } = this.#services;
    try {
      this.#address = await addresses.acquire({
        owner: this.uid,
        preferred: this.#pod.status?.podIP,
        ports: (this.#pod.spec?.containers ?? []).flatMap((container) => validPort(portOf(container))),
      });
    } catch (error) {
      this.#event('Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${errorText(error)}`);
      if (!this.#isEnding()) this.#cancelWait = clock.schedule(ADDRESS_RETRY_MS, () => void this.#start());
      return;
    }
    if (this.#isEnding()) {
      this.#release();
      return;
    }
    this.#runInitContainers();
    for (const worker of [...this.#sidecars, ...this.#workers]) if (needsStart(worker.record, this.#pod)) worker.start();
    this.#onChange();
  }

  /** Init containers do their part at once: there is nothing in a simulated pod for them to prepare. */
  #runInitContainers(): void {
    const nowMs = this.#services.clock.now();
    for (const record of this.#initRecords) {
      if (record.container.restartPolicy === 'Always') continue;
      this.#services.logs.open(this.uid, record.container.name).end();
      record.ready = true;
      record.containerId = `${this.#services.runtime.name}://init-${this.uid}-${record.container.name}`;
      record.state = {
        is: 'terminated',
        exitCode: 0,
        reason: 'Completed',
        startedMs: nowMs,
        finishedMs: nowMs,
        containerId: record.containerId,
      };
    }
    this.#initialized = true;
  }

  /** Sidecars outlive the containers that they serve. */
  async #shutDown(grace: GraceDeadline): Promise<void> {
    this.#cancelWait();
    await Promise.all(this.#workers.map((worker) => worker.shutDown(grace.signal)));
    await Promise.all(this.#sidecars.map((worker) => worker.shutDown(grace.signal)));
    grace.cancel();
    this.#release();
    this.#ended = true;
    this.#onChange();
  }

  #view(): PodView {
    return {
      startTimeMs: this.#startTimeMs,
      hostIp: this.#services.hostIp,
      podIp: this.#address?.ip ?? this.#pod.status?.podIP,
      sandboxReady: this.#address !== undefined && !this.#ended,
      terminated: this.terminated,
      initialized: this.#initialized,
      initContainers: this.#initRecords,
      containers: this.#workers.map(({ record }) => record),
    };
  }

  #release(): void {
    this.#services.addresses.release(this.uid);
  }

  #isEnding(): boolean {
    return this.#grace !== undefined || this.#killed;
  }

  #requireAddress(): PodAddress {
    if (this.#address === undefined) throw new Error(`pod ${podKey(this.#pod)} has no address yet`);
    return this.#address;
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { metadata, spec } = this.#pod;
    const object = { apiVersion: 'v1', kind: 'Pod', metadata };
    this.#services.events.record({ object, type, reason, message, node: spec?.nodeName });
  }
}

/** A pod that ran to its end is not run again, whatever its restart policy. */
function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** After a restart of the kubelet a container that had ended for good stays ended. */
function needsStart(record: ContainerRecord, pod: Pod): boolean {
  if (record.state.is !== 'terminated') return true;
  const policy = pod.spec?.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && record.state.exitCode !== 0);
}

function validPort(port: number | undefined): number[] {
  return port !== undefined && Number.isInteger(port) && port > 0 && port <= 65_535 ? [port] : [];
}

/** Versions of one object rise; where they are no numbers nothing is said. */
function isOlder(version: string | undefined, than: string | undefined): boolean {
  return Number(version) < Number(than);
}
