import type { QueueFigures } from '../core/latency/queue.js';
import { msPerCompletion, type ServiceCurve } from '../core/latency/service-curve.js';

/**
 * The same queue by its definition: one term for each of the N + Q + 1 states, in logarithms. The judge of the closed form in the
 * tests, and what it is measured against here.
 */
export function plainQueue(curve: ServiceCurve, ratePerMs: number): Omit<QueueFigures, 'meanWaitSlope'> {
  const { maxBatch, maxQueue } = curve;
  const states = maxBatch + maxQueue;
  const logs = new Float64Array(states + 1);
  let largest = 0;
  for (let state = 1; state <= states; state++) {
    const log = (logs[state - 1] as number) + Math.log(ratePerMs * msPerCompletion(curve, Math.min(state, maxBatch)));
    logs[state] = log;
    if (log > largest) largest = log;
  }
  let total = 0;
  let admitting = 0;
  let inBatch = 0;
  let waiting = 0;
  let joined = 0;
  for (let state = 0; state <= states; state++) {
    const term = Math.exp((logs[state] as number) - largest);
    total += term;
    if (state < states) {
      admitting += term;
      joined += Math.min(state + 1, maxBatch) * term;
    }
    inBatch += Math.min(state, maxBatch) * term;
    waiting += Math.max(0, state - maxBatch) * term;
  }
  const throughputPerMs = (ratePerMs * admitting) / total;
  return {
    throughputPerMs,
    meanBatch: inBatch / total,
    meanServiceMs: inBatch / total / throughputPerMs,
    meanWaitMs: waiting / total / throughputPerMs,
    findsNobody: Math.exp(-largest) / admitting,
    joinedBatch: joined / admitting,
  };
}
