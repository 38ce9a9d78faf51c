import { predict, type ReplicaPrediction } from '../latency/predict.js';
import { serviceRatePerMs, type ServiceCurve } from '../latency/service-curve.js';

/** One way to serve one server: an accelerator, and what it takes there to meet every target. */
export interface Candidate {
  readonly accelerator: string;
  /** Accelerator type whose cards it takes. */
  readonly type: string;
  readonly cardsPerReplica: number;
  /** Cents/hr. */
  readonly costPerReplica: number;
  readonly numReplicas: number;
  /** What the targets ask for; more than `numReplicas` where the server's maximum cuts it. */
  readonly neededReplicas: number;
  /** Replicas that hold their cards, and cost, without serving. */
  readonly standbyReplicas: number;
  readonly maxBatch: number;
  /** Largest rate of one replica within the targets; 0 where nobody asked: no load, and no shape of requests. */
  readonly ratePerReplicaPerMin: number;
  /** Cents/hr, standby included. */
  readonly cost: number;
  /** What the solvers minimise; see `value.ts`. */
  readonly value: number;
  /** Null where the shape of the requests is not known. */
  readonly curve: ServiceCurve | null;
  /** Over all replicas. */
  readonly offeredPerMs: number;
}

export interface Rejected {
  readonly accelerator: string;
  readonly code: 'slo-itl' | 'slo-ttft' | 'bad-parameters' | 'no-parameters' | 'keep-accelerator' | 'max-replicas' | 'pinned';
  readonly text: string;
}

export interface Candidates {
  /** Best first. Either all meet the targets, or none does because the server's maximum cuts them all. */
  readonly eligible: readonly Candidate[];
  /** Accelerators that cannot serve the server, whatever the capacity. */
  readonly rejected: readonly Rejected[];
}

/** An idle replica is predicted at this part of the rate that one request alone would allow. */
const IDLE_LOAD = 1e-9;

export function cardsOf(candidate: Candidate, numReplicas: number): number {
  return candidate.cardsPerReplica * (numReplicas + candidate.standbyReplicas);
}

export function costOf(candidate: Candidate, numReplicas: number): number {
  return candidate.costPerReplica * (numReplicas + candidate.standbyReplicas);
}

export function isCapped(candidate: Candidate): boolean {
  return candidate.numReplicas < candidate.neededReplicas;
}

/** Latencies with the load spread over that many replicas. Null: no replicas, or requests of unknown shape. */
export function predictionOf({ curve, offeredPerMs }: Candidate, numReplicas: number): ReplicaPrediction | null {
  if (curve === null || numReplicas === 0) return null;
  return predict(curve, Math.max(offeredPerMs / numReplicas, IDLE_LOAD * serviceRatePerMs(curve, 1)));
}
