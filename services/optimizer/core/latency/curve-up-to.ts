import type { ServiceCurve } from './service-curve.js';
import type { ServiceModel } from './service-model.js';

/** The curve of a smaller max batch: the rate of a batch does not depend on the largest, so the first of these lines are its own. */
export function curveUpTo(curve: ServiceCurve, model: ServiceModel, maxBatch: number, maxQueue: number): ServiceCurve {
  return { ...curve, model, maxBatch, maxQueue };
}
