import { arrivalsAt } from '../../../optimizer/core/latency/distribution.js';
import { predict } from '../../../optimizer/core/latency/predict.js';
import { evaluateQueue, noFigures } from '../../../optimizer/core/latency/queue.js';
import { percentilesAt } from '../../../optimizer/core/sizing/percentile.js';
import { costsOf, curveOf, lengths, prompts, rateOf, type Point } from './grid.js';
import { simulateReplica } from './simulate-replica.js';
import { measure, percentiles, type Measured, type Statistics } from './statistics.js';

export interface Comparison {
  readonly point: Point;
  readonly ttft: Pair;
  readonly itl: Pair;
  /** The part of the model's mean TTFT that is waiting for room in the batch. */
  readonly waitShare: number;
  /** Mean TTFT and ITL without `firstTokenWithPrefill`, as the reference counts. */
  readonly reference: { readonly ttftMs: number; readonly itlMs: number };
}

export interface Pair {
  readonly engine: Measured;
  readonly model: Statistics;
}

/** One point of the grid: so many requests through the simulated engine, and what the model says of them. */
export function compare(point: Point, requests: number, seed: number): Comparison {
  const [inputTokens, outputTokens] = prompts[point.prompt];
  const ratePerMs = rateOf(point);
  const observed = simulateReplica({
    costs: costsOf(point),
    maxBatch: point.maxBatch,
    ratePerMs,
    inputTokens,
    outputTokens,
    tokenSigma: lengths[point.length],
    seed,
    requests,
  });
  const curve = curveOf(point);
  const means = predict(curve, ratePerMs);
  const at = percentiles.map((part) => percentilesAt(arrivalsAt(curve, ratePerMs), part));
  const reference = predict(curveOf(point, false), ratePerMs);
  return {
    point,
    ttft: { engine: measure(observed.ttftMs), model: { mean: means.ttftMs, at: at.map(({ ttftMs }) => ttftMs) } },
    itl: { engine: measure(observed.itlMs), model: { mean: means.itlMs, at: at.map(({ itlMs }) => itlMs) } },
    waitShare: waitMsAt(point, ratePerMs) / means.ttftMs,
    reference,
  };
}

function waitMsAt(point: Point, ratePerMs: number): number {
  const figures = noFigures();
  evaluateQueue(curveOf(point), ratePerMs, figures);
  return figures.meanWaitMs;
}

/** How far the model is off: 0.1 is 10 % more than the engine. */
export function offBy(model: number, engine: number): number {
  return model / engine - 1;
}
