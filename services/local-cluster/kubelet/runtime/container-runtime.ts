import type { Deployment, Pod } from '#shared/kube/wire.js';
import type { PodAddress } from '../addresses/address-book.js';
import type { Container } from '../kube-types.js';
import type { OfferedLoad } from '../load/offered-load.js';
import type { LogSink } from '../logs/container-log.js';

export interface ContainerStart {
  pod: Pod;
  container: Container;
  /** The Deployment that owns the pod through its ReplicaSet. */
  deployment: Deployment | undefined;
  address: PodAddress;
  log: LogSink;
}

export interface ContainerExit {
  exitCode: number;
  /** `Completed`, `Error`, … as the API shows it. */
  reason: string;
  message?: string;
}

/** A container that runs. */
export interface RunningContainer {
  /** Settles once, when it has ended for whatever reason; never rejects. */
  readonly exited: Promise<ContainerExit>;
  /** SIGTERM: it should end what it does and exit. */
  terminate(): void;
  /** SIGKILL. */
  kill(): void;
  /** Load that a simulated server makes for itself; undefined: none. Absent where there is nothing to offer load to. */
  offerLoad?(load: OfferedLoad | undefined): void;
}

/** What runs containers: simulated servers here, processes of this machine elsewhere. */
export interface ContainerRuntime {
  /** Name in container ids: `<name>://…`. */
  readonly name: string;
  /** @throws ContainerStartError when the container cannot be made from what the pod says */
  start(request: ContainerStart): Promise<RunningContainer>;
}

/** A container that cannot start, with the reason that its `waiting` state shows. */
export class ContainerStartError extends Error {
  override readonly name = 'ContainerStartError';
  /** For example `CreateContainerConfigError`. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
