import type { AcceleratorSpec, ServerSpec } from '#shared/contracts/system-data.js';
import type { Catalogue } from '../catalogue.js';

/** What one replica of a model takes on an accelerator. */
export interface ReplicaPrice {
  readonly cards: number;
  /** Cents/hr. */
  readonly cost: number;
}

/** `accCount` accelerators, each of `multiplicity` cards; zero or less means one. */
export function replicaPrice(accelerator: AcceleratorSpec, accCount: number): ReplicaPrice {
  const accelerators = Math.max(1, accCount);
  return { cards: accelerators * accelerator.multiplicity, cost: accelerators * accelerator.cost };
}

/** What a server runs now, at today's prices. */
export interface CurrentState {
  /** Empty: nothing. */
  readonly accelerator: string;
  readonly numReplicas: number;
  /** Cents/hr. */
  readonly cost: number;
  /** Null where the accelerator is none of the data's, or has no parameters for the model. */
  readonly cards: { readonly type: string; readonly count: number } | null;
}

/** An accelerator without a price in the data is taken at the cost that was reported for it. */
export function currentState(catalogue: Catalogue, server: ServerSpec): CurrentState {
  const { accelerator: name = '', numReplicas = 0, cost = 0 } = server.currentAlloc ?? {};
  if (name === '') return { accelerator: '', numReplicas: 0, cost: 0, cards: null };
  const accelerator = catalogue.accelerator(name);
  const perf = catalogue.perf(server.model, name);
  if (accelerator === undefined || perf === undefined) return { accelerator: name, numReplicas, cost, cards: null };
  const price = replicaPrice(accelerator, perf.accCount);
  const held = numReplicas + (server.standbyReplicas ?? 0);
  return {
    accelerator: name,
    numReplicas,
    cost: price.cost * held,
    cards: { type: accelerator.type, count: price.cards * held },
  };
}
