import type { CycleRecord } from '#shared/contracts/controller.js';
import type { CollectResponse, ControlState, ServerStatus, UpdateRequest, UpdateResponse } from '#shared/contracts/loop.js';
import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { SystemData } from '#shared/contracts/system-data.js';
import type { ControllerData } from './core/facts.js';
import type { AllBounds } from './core/server-view.js';

/** What the controller needs from outside. Calls to peers reject with a ServiceError that names the peer. */
export interface Collector {
  collect(signal: AbortSignal): Promise<CollectResponse>;
}

export interface Optimizer {
  optimizeOne(problem: SystemData, signal: AbortSignal): Promise<OptimizeOneResponse>;
}

export interface Actuator {
  update(request: UpdateRequest, signal: AbortSignal): Promise<UpdateResponse>;
  readControl(signal: AbortSignal): Promise<ControlState>;
  writeControl(control: ControlState, signal: AbortSignal): Promise<ControlState>;
}

export interface DataSource {
  /** The data in force. Files that cannot be used are warnings, and what was last good of them stays. */
  read(): Promise<{ data: ControllerData; warnings: string[] }>;
}

/** The bounds that the schedules of servers set at a time; a server without an active entry has none. */
export type ResolveBounds = (status: Readonly<Record<string, ServerStatus>>, nowMs: number) => AllBounds;

export interface CycleLog {
  append(record: CycleRecord): Promise<void>;
}
