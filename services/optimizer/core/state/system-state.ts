import type {
  AcceleratorSpec,
  CapacityData,
  OptimizerData,
  ServerSpec,
  ServiceClassSpec,
  SystemSpec,
} from '#shared/contracts/system-data.js';
import type { Entries } from './entries.js';
import { noModels, type ModelState } from './models.js';

export type CapacitySpec = CapacityData['count'][number];

/** What a stateful optimizer knows. Every change makes a new one, so a solve that runs meanwhile keeps the one it began with. */
export interface SystemState {
  readonly accelerators: Entries<AcceleratorSpec>;
  readonly capacities: Entries<CapacitySpec>;
  readonly models: ModelState;
  readonly serviceClasses: Entries<ServiceClassSpec>;
  readonly servers: Entries<ServerSpec>;
}

export const emptyState: SystemState = { accelerators: [], capacities: [], models: noModels, serviceClasses: [], servers: [] };

/** The problem that the state is at this moment, in the shape of `POST /optimizeOne`. */
export function systemOf(state: SystemState, optimizerData: OptimizerData): SystemSpec {
  return {
    acceleratorData: { accelerators: specsOf(state.accelerators) },
    capacityData: { count: specsOf(state.capacities) },
    modelData: { models: specsOf(state.models.perfs) },
    serviceClassData: { serviceClasses: specsOf(state.serviceClasses) },
    serverData: { servers: specsOf(state.servers) },
    optimizerData,
  };
}

function specsOf<T>(entries: Entries<T>): T[] {
  return entries.map((item) => item.spec);
}
