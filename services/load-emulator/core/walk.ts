import { annotations } from '#shared/kube/names.js';
import type { ObjectMeta } from '#shared/kube/wire.js';
import { figureNames, figures, isAnnotated, observeLoad, type FigureName, type Load, type ObservedLoad } from './load-figures.js';
import { standardNormal } from './standard-normal.js';

export interface WalkOptions {
  /** Standard deviation of a step over the original (or nominal) value. */
  alpha: number;
  /** Part of the way back to the nominal value that a step takes. */
  theta: number;
  seed: string;
}

export interface LoadPatch {
  metadata: { labels: Record<string, string>; annotations: Record<string, string> };
}

/**
 * One step of a server's load: `current + Normal(0, alpha·original)` or, where a nominal value is named, the mean-reverting
 * `current + theta·(nominal − current) + Normal(0, alpha·nominal)`; whole numbers within the range of each figure.
 * Which step of which server it is decides the draw, and nothing else does: neither order nor other servers.
 */
export function stepLoad({ current, nominal, original }: ObservedLoad, server: string, step: number, options: WalkOptions): Load {
  const { alpha, theta, seed } = options;
  const next: Load = {};
  for (const figure of figureNames) {
    const now = current[figure];
    if (now === undefined) continue;
    const mean = nominal[figure];
    const noise = standardNormal(seed, server, step, figure) * alpha * (mean ?? original[figure] ?? now);
    const pull = mean === undefined ? 0 : theta * (mean - now);
    next[figure] = clampWhole(now + pull + noise, figure);
  }
  return next;
}

/**
 * The patch of a Deployment's metadata for one step; values go back to where they stood. Undefined: it declares no load.
 * @throws Error naming key and value of what is no number
 */
export function planStep(
  metadata: ObjectMeta | undefined,
  server: string,
  step: number,
  options: WalkOptions,
): LoadPatch | undefined {
  const observed = observeLoad(metadata);
  if (observed === undefined) return undefined;
  const patch: LoadPatch = { metadata: { labels: {}, annotations: {} } };
  for (const [figure, value] of Object.entries(stepLoad(observed, server, step, options)) as [FigureName, number][]) {
    const place = isAnnotated(metadata, figure) ? patch.metadata.annotations : patch.metadata.labels;
    place[figures[figure].label] = String(value);
  }
  patch.metadata.annotations[annotations.originalLoad] = JSON.stringify(observed.original);
  return patch;
}

function clampWhole(value: number, figure: FigureName): number {
  const { min, max } = figures[figure];
  return Math.min(max, Math.max(min, Math.round(value)));
}
