import { z } from 'zod';
import { annotations, labels } from '#shared/kube/names.js';
import type { ObjectMeta } from '#shared/kube/wire.js';

/** What of a load is walked: requests/min, and tokens of a request. */
export const figures = {
  rpm: { label: labels.rpm, nominal: labels.nominalRpm, min: 6, max: 240 },
  intokens: { label: labels.inTokens, nominal: labels.nominalInTokens, min: 100, max: 10_000 },
  outtokens: { label: labels.outTokens, nominal: labels.nominalOutTokens, min: 100, max: 10_000 },
  numtokens: { label: labels.numTokens, nominal: labels.nominalNumTokens, min: 100, max: 10_000 },
} as const;

export type FigureName = keyof typeof figures;
export type Load = Partial<Record<FigureName, number>>;

export interface ObservedLoad {
  current: Load;
  /** What the walk returns to, where a label names it. */
  nominal: Load;
  /** As it was before the first step; figures that were not noted yet are as they are now. */
  original: Load;
}

const originalSchema = z.record(z.string(), z.unknown());
const NUMBER = /^\d+(\.\d+)?$/;

/**
 * The load that a Deployment's labels declare, of which an annotation of the same key wins. Undefined: none, and nothing to walk.
 * @throws Error naming key and value of what is no number
 */
export function observeLoad(metadata: ObjectMeta | undefined): ObservedLoad | undefined {
  const current = readAll(metadata, 'label');
  if (Object.keys(current).length === 0) return undefined;
  const noted = notedOriginal(metadata);
  return { current, nominal: readAll(metadata, 'nominal'), original: { ...current, ...pick(noted, current) } };
}

/** Where a value stands: there it is written back. */
export function isAnnotated(metadata: ObjectMeta | undefined, figure: FigureName): boolean {
  return metadata?.annotations?.[figures[figure].label] !== undefined;
}

function readAll(metadata: ObjectMeta | undefined, which: 'label' | 'nominal'): Load {
  const load: Load = {};
  for (const figure of figureNames) {
    const key = figures[figure][which];
    const text = metadata?.annotations?.[key] ?? metadata?.labels?.[key];
    if (text === undefined) continue;
    if (!NUMBER.test(text)) throw new Error(`${key}: ${JSON.stringify(text)}: must be a number >= 0`);
    load[figure] = Number(text);
  }
  return load;
}

/** What cannot be read counts as not noted: the walk goes on from what it finds. */
function notedOriginal(metadata: ObjectMeta | undefined): Record<string, unknown> {
  try {
    return originalSchema.parse(JSON.parse(metadata?.annotations?.[annotations.originalLoad] ?? '{}'));
  } catch {
    return {};
  }
}

function pick(noted: Record<string, unknown>, current: Load): Load {
  const load: Load = {};
  for (const figure of figureNames) {
    const value = noted[figure];
    if (current[figure] !== undefined && typeof value === 'number' && Number.isFinite(value) && value >= 0) load[figure] = value;
  }
  return load;
}

export const figureNames = Object.keys(figures) as FigureName[];
