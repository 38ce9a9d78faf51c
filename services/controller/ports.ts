import type { CycleRecord } from '#shared/contracts/controller.js';
import type { CollectResponse, ControlState, UpdateRequest, UpdateResponse } from '#shared/contracts/loop.js';
import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { SystemData } from '#shared/contracts/system-data.js';
import type { ControllerData } from './core/facts.js';

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

export interface CycleLog {
  append(record: CycleRecord): Promise<void>;
}
