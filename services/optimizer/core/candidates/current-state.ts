import type { ServerSpec } from '#shared/contracts/system-data.js';
import type { Catalogue } from '../catalogue.js';

/** What a server runs now, at today's prices. */
export interface CurrentState {
  /** Empty: nothing. */
  readonly accelerator: string;
  readonly numReplicas: number;
  /** 0: not known. */
  readonly maxBatch: number;
  /** Cents/hr. */
  readonly cost: number;
  /** Null where the accelerator is none of the data's. */
  readonly cards: { readonly type: string; readonly count: number } | null;
}

/** Whether there are pods, of which it is known what they run. */
export function runsReplicas({ numReplicas, maxBatch }: CurrentState): boolean {
  return numReplicas > 0 && maxBatch > 0;
}

const NOTHING: CurrentState = { accelerator: '', numReplicas: 0, maxBatch: 0, cost: 0, cards: null };

/** An accelerator that the data does not know is taken at the cost that was reported for it. */
export function currentState(catalogue: Catalogue, server: ServerSpec): CurrentState {
  const { accelerator = '', numReplicas = 0, maxBatch = 0, cost = 0 } = server.currentAlloc ?? {};
  if (accelerator === '') return NOTHING;
  const placement = catalogue.placement(server.model, accelerator);
  if (placement === undefined) return { accelerator, numReplicas, maxBatch, cost, cards: null };
  const held = numReplicas + (server.standbyReplicas ?? 0);
  return {
    accelerator,
    numReplicas,
    maxBatch,
    cost: placement.costPerReplica * held,
    cards: { type: placement.type, count: placement.cardsPerReplica * held },
  };
}
