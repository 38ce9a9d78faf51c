import type { ServiceCurve } from '../latency/service-curve.js';
import type { RequestShape } from '../latency/service-model.js';
import type { OptimizerOptions } from '../options.js';
import type { Placement } from './placement.js';
import { replicaCurve, type ReplicaLimits, type Unusable } from './replica-curve.js';
import { loadRange, sizeReplica, type LoadRange, type ReplicaSize, type Targets } from './size-replica.js';

export interface SizingQuestion {
  readonly model: string;
  readonly shape: RequestShape;
  readonly limits: ReplicaLimits;
  readonly targets: Targets;
}

/** One replica on one placement: its queue, and how much it takes within the targets; or why it cannot be told. */
export type SizedReplica = { readonly curve: ServiceCurve; readonly size: ReplicaSize } | { readonly unusable: Unusable };

export interface Sizer {
  /** Sizes one replica of the question's model; each placement once. */
  sizesFor(question: SizingQuestion): (placement: Placement) => SizedReplica;
}

/**
 * Remembers sizes for as long as one problem is solved: servers of one model often differ only in their rate, and classes of one model
 * only in their targets. A queue depends on neither.
 */
export function createSizer(options: OptimizerOptions): Sizer {
  const rangesByShape = new Map<string, (LoadRange | Unusable)[]>();
  const sizesByQuestion = new Map<string, SizedReplica[]>();

  return {
    sizesFor: (question) => {
      const { shape, limits, targets, model } = question;
      const shapeKey = `${shape.inputTokens} ${shape.outputTokens} ${limits.maxBatchSize} ${limits.maxQueueSize} ${model}`;
      const questionKey = `${targets.itlMs} ${targets.ttftMs} ${targets.tokensPerSec} ${shapeKey}`;
      const ranges = entryOf(rangesByShape, shapeKey);
      const sizes = entryOf(sizesByQuestion, questionKey);

      const rangeOn = (placement: Placement): LoadRange | Unusable => {
        const curve = replicaCurve(placement, shape, limits, options);
        return 'code' in curve ? curve : loadRange(curve);
      };
      return (placement) => {
        const known = sizes[placement.index];
        if (known !== undefined) return known;
        const range = (ranges[placement.index] ??= rangeOn(placement));
        const sized = 'code' in range ? { unusable: range } : { curve: range.curve, size: sizeReplica(range, targets) };
        sizes[placement.index] = sized;
        return sized;
      };
    },
  };
}

/** Entries are lists by the index of the placement. */
function entryOf<T>(lists: Map<string, T[]>, key: string): T[] {
  const found = lists.get(key);
  if (found !== undefined) return found;
  const made: T[] = [];
  lists.set(key, made);
  return made;
}
