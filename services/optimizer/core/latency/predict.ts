import { evaluateQueue, noFigures } from './queue.js';
import type { ServiceCurve } from './service-curve.js';
import type { QueueMeans } from './service-model.js';

/** What one replica does at an arrival rate. */
export interface ReplicaPrediction {
  readonly itlMs: number;
  readonly ttftMs: number;
  readonly throughputPerMs: number;
  /** Mean use of the batch slots, 0 to 1. */
  readonly utilisation: number;
}

const figures = noFigures();

/** Means of the queue at an arrival rate above 0; the same object for all calls: use it before the next one. */
export function meansAt(curve: ServiceCurve, ratePerMs: number): Readonly<QueueMeans> {
  evaluateQueue(curve, ratePerMs, figures);
  return figures;
}

/** Mean time to the first token in its two parts, and what else its search needs. Written in place, as it is asked many times. */
export interface FirstToken {
  /** The arrival rate that the rest holds for; 0: none yet. */
  ratePerMs: number;
  waitMs: number;
  /** How the wait rises with the arrival rate: ms per request/ms. */
  waitSlope: number;
  /** From admission on. */
  serviceMs: number;
  throughputPerMs: number;
}

export function noFirstToken(): FirstToken {
  return { ratePerMs: 0, waitMs: 0, waitSlope: 0, serviceMs: 0, throughputPerMs: 0 };
}

export function firstTokenAt(curve: ServiceCurve, ratePerMs: number, firstToken: FirstToken): void {
  evaluateQueue(curve, ratePerMs, figures);
  firstToken.ratePerMs = ratePerMs;
  firstToken.waitMs = figures.meanWaitMs;
  firstToken.waitSlope = figures.meanWaitSlope;
  firstToken.serviceMs = curve.model.firstTokenMs(figures);
  firstToken.throughputPerMs = figures.throughputPerMs;
}

/** Everything at once, for the rate that a replica gets in the end. */
export function predict(curve: ServiceCurve, ratePerMs: number): ReplicaPrediction {
  evaluateQueue(curve, ratePerMs, figures);
  return {
    itlMs: curve.model.itlMs(figures.meanServiceMs, figures.meanBatch),
    ttftMs: figures.meanWaitMs + curve.model.firstTokenMs(figures),
    throughputPerMs: figures.throughputPerMs,
    utilisation: figures.meanBatch / curve.maxBatch,
  };
}
