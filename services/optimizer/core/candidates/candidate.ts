import { arrivalsAt } from '../latency/distribution.js';
import { predict, type ReplicaPrediction } from '../latency/predict.js';
import { serviceRatePerMs, type ServiceCurve } from '../latency/service-curve.js';
import { percentilesAt, type Percentiles } from '../sizing/percentile.js';
import type { Placement } from '../sizing/placement.js';
import type { Rejection, Replica } from '../sizing/replica.js';
import { curveOf } from '../sizing/replica-curve.js';

/** What the candidates of one server have in common. */
export interface Demand {
  /** Over all replicas. */
  readonly offeredPerMs: number;
  /** Replicas that hold their cards, and cost, without serving. */
  readonly standbyReplicas: number;
}

/** One way to serve one server: an accelerator, and what it takes there to meet every target. */
export interface Candidate {
  readonly placement: Placement;
  readonly replica: Replica;
  readonly demand: Demand;
  readonly numReplicas: number;
  /** What the targets ask for; more than `numReplicas` where the server's maximum cuts it. */
  readonly neededReplicas: number;
  /** What the solvers minimise; see `value.ts`. */
  readonly value: number;
  /** The same server on the same accelerator with another max batch, of the one that runs and the best one; absent: no such choice. */
  readonly otherBatch?: Candidate | Rejected;
}

/** An accelerator that cannot serve a server, whatever the capacity. */
export interface Rejected {
  readonly accelerator: string;
  readonly rejection: Rejection;
}

export interface Candidates {
  /** Every accelerator, in the order of names. */
  readonly all: readonly (Candidate | Rejected)[];
  /** The solver's choice, best first. Either all meet the targets, or none does because the server's maximum cuts them all. */
  readonly eligible: readonly Candidate[];
}

/** An idle replica is predicted at this part of the rate that one request alone would allow. */
const IDLE_LOAD = 1e-9;

export function isCandidate(item: Candidate | Rejected): item is Candidate {
  return 'placement' in item;
}

/** Standby included. Cut where a pin is beyond what a whole number can hold. */
export function cardsOf({ placement, demand }: Candidate, numReplicas: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, placement.cardsPerReplica * (numReplicas + demand.standbyReplicas));
}

/** Cents/hr, standby included. Cut where a pin costs more than a number can hold. */
export function costOf({ placement, demand }: Candidate, numReplicas: number): number {
  return Math.min(Number.MAX_VALUE, placement.costPerReplica * (numReplicas + demand.standbyReplicas));
}

export function isCapped(candidate: Candidate): boolean {
  return candidate.numReplicas < candidate.neededReplicas;
}

/** Mean latencies with the load spread over that many replicas. Null: no replicas, or requests of unknown shape. */
export function predictionOf(candidate: Candidate, numReplicas: number): ReplicaPrediction | null {
  const curve = numReplicas === 0 ? null : curveOf(candidate.placement, candidate.replica);
  return curve === null ? null : predict(curve, rateOfOne(candidate.demand, curve, numReplicas));
}

/** The same for the latencies that the part `percentile` of the requests stays within. */
export function percentilesOf(candidate: Candidate, numReplicas: number, percentile: number): Percentiles | null {
  const curve = numReplicas === 0 ? null : curveOf(candidate.placement, candidate.replica);
  if (curve === null) return null;
  return percentilesAt(arrivalsAt(curve, rateOfOne(candidate.demand, curve, numReplicas)), percentile);
}

function rateOfOne({ offeredPerMs }: Demand, curve: ServiceCurve, numReplicas: number): number {
  return Math.max(offeredPerMs / numReplicas, IDLE_LOAD * serviceRatePerMs(curve, 1));
}
