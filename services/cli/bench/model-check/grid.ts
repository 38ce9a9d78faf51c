import { type EngineCosts, iterationCosts, linearCosts } from '../../../local-cluster/engine/costs.js';
import { iterationFamily } from '../../../optimizer/core/latency/iteration-family.js';
import { linearFamily } from '../../../optimizer/core/latency/linear-family.js';
import { serviceCurve, serviceRatePerMs, type ServiceCurve } from '../../../optimizer/core/latency/service-curve.js';

export const families = ['iteration', 'linear'] as const;
/** Input and output tokens of a request, on average. */
export const prompts = { short: [128, 128], long: [4096, 256] } as const;
/** Arrival rate as a part of what a full batch serves, μ(N). */
export const loads = [0.2, 0.4, 0.6, 0.8, 0.9, 0.95] as const;
export const maxBatches = [8, 32, 128, 256] as const;
/** Standard deviation of the logarithm of the token counts. Of 0.8326 = √ln 2 the coefficient of variation is 1. */
export const lengths = { fixed: 0, emulator: 0.3, wide: Math.sqrt(Math.LN2) } as const;

export interface Point {
  readonly family: (typeof families)[number];
  readonly prompt: keyof typeof prompts;
  readonly maxBatch: number;
  readonly load: number;
  readonly length: keyof typeof lengths;
}

/** Of one A100 with granite_13b as in sample-data/large, in both families. */
const ITERATION = { alpha: 20.58, beta: 0.041, gamma: 0.00128125 };
const LINEAR = { decodeParms: { alpha: 20.58, beta: 0.41 }, prefillParms: { gamma: 164.64, delta: 0.0128125 } };

export function pointsOf(length: Point['length']): Point[] {
  return families.flatMap((family) =>
    (Object.keys(prompts) as (keyof typeof prompts)[]).flatMap((prompt) =>
      maxBatches.flatMap((maxBatch) => loads.map((load) => ({ family, prompt, maxBatch, load, length }))),
    ),
  );
}

export function costsOf({ family }: Point): EngineCosts {
  return family === 'iteration' ? iterationCosts(ITERATION) : linearCosts(LINEAR);
}

/** What the optimizer makes of the same parameters. `firstTokenWithPrefill`: see `IterationOptions`. */
export function curveOf({ family, prompt, maxBatch }: Point, firstTokenWithPrefill = true): ServiceCurve {
  const [inputTokens, outputTokens] = prompts[prompt];
  const shape = { inputTokens, outputTokens };
  const { decodeParms, prefillParms } = LINEAR;
  const model =
    family === 'iteration'
      ? iterationFamily({ alphaMs: ITERATION.alpha, betaMs: ITERATION.beta, gammaMs: ITERATION.gamma }, shape, {
          maxBatch,
          firstTokenWithPrefill,
        })
      : linearFamily(
          {
            decodeAlphaMs: decodeParms.alpha,
            decodeBetaMs: decodeParms.beta,
            prefillGammaMs: prefillParms.gamma,
            prefillDeltaMs: prefillParms.delta,
          },
          shape,
          maxBatch,
          firstTokenWithPrefill,
        );
  const curve = serviceCurve(model, maxBatch, QUEUE_PER_SLOT * maxBatch);
  if (curve === null) throw new Error(`no service times for ${family} at ${maxBatch}`);
  return curve;
}

/** Where no queue size is set. */
const QUEUE_PER_SLOT = 10;

/** Requests/ms. */
export function rateOf(point: Point): number {
  return point.load * serviceRatePerMs(curveOf(point), point.maxBatch);
}
