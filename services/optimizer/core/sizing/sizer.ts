import { missedTarget } from '../explain/rejections.js';
import type { ServiceCurve } from '../latency/service-curve.js';
import type { RequestShape } from '../latency/service-model.js';
import type { OptimizerOptions } from '../options.js';
import type { BatchRule } from './batch-rule.js';
import { loadRange, type LoadRange } from './load-range.js';
import type { Placement } from './placement.js';
import type { Rejection, Replica } from './replica.js';
import { replicaCurve, smallerReplica, type CurveTerms, type ReplicaLimits } from './replica-curve.js';
import { sizeReplica, type ReplicaSize, type Targets } from './size-replica.js';
import { sizeSmallest } from './size-smallest.js';

export interface SizingQuestion {
  readonly model: string;
  readonly shape: RequestShape;
  readonly limits: ReplicaLimits;
  readonly targets: Targets;
  readonly batch: BatchRule;
}

/** One replica on one placement, and what speaks against it; without usable parameters there is no replica to tell of. */
export type SizedReplica =
  { readonly replica: Replica; readonly rejection: null } | { readonly replica: Replica | null; readonly rejection: Rejection };

/** Shapes whose ranges are remembered. They save a fifth of a size at best; a hundred thousand of them would take gigabytes. */
const MOST_SHAPES = 100;

export interface Sizer {
  /** Sizes one replica of the question's model; each placement once. */
  sizesFor(question: SizingQuestion): (placement: Placement) => SizedReplica;
}

/**
 * Remembers sizes for as long as one problem is solved: servers of one model often differ only in their rate, and classes of one model
 * only in their targets. A queue depends on neither.
 */
export function createSizer(options: OptimizerOptions): Sizer {
  const rangesByShape = new Map<string, (LoadRange | Rejection)[]>();
  const sizesByQuestion = new Map<string, SizedReplica[]>();

  return {
    sizesFor: (question) => {
      const { shape, limits, targets, model, batch } = question;
      const shapeKey = `${shape.inputTokens} ${shape.outputTokens} ${limits.maxBatchSize} ${limits.maxQueueSize} ${model}`;
      const questionKey = `${batch} ${targets.itlMs} ${targets.ttftMs} ${targets.tokensPerSec} ${targets.percentile} ${shapeKey}`;
      if (rangesByShape.size === MOST_SHAPES) rangesByShape.clear();
      const ranges = entryOf(rangesByShape, shapeKey);
      const sizes = entryOf(sizesByQuestion, questionKey);

      const terms = { shape, limits, options };
      const rangeOn = (placement: Placement): LoadRange | Rejection => {
        const curve = replicaCurve(placement, terms);
        return 'code' in curve ? curve : loadRange(curve);
      };
      const sizedOn = (range: LoadRange, placement: Placement): SizedReplica => {
        const { curve } = range;
        if (batch === 'ceiling') return sizedReplica(curve.maxBatch, sizeReplica(range, targets), targets, terms);
        const smaller = (maxBatch: number): ServiceCurve => smallerReplica(curve, maxBatch, placement, terms);
        const { smallest, best } = sizeSmallest(range, targets, smaller);
        const sized = sizedReplica(smallest.curve.maxBatch, smallest.size, targets, terms);
        const { replica } = sizedReplica(best.curve.maxBatch, best.size, targets, terms);
        if (best === smallest || sized.rejection !== null || replica === null) return sized;
        return { replica: { ...sized.replica, best: replica }, rejection: null };
      };
      return (placement) => {
        const known = sizes[placement.index];
        if (known !== undefined) return known;
        const range = (ranges[placement.index] ??= rangeOn(placement));
        const sized = 'code' in range ? { replica: null, rejection: range } : sizedOn(range, placement);
        sizes[placement.index] = sized;
        return sized;
      };
    },
  };
}

function sizedReplica(maxBatch: number, size: ReplicaSize, { percentile }: Targets, terms: CurveTerms): SizedReplica {
  const replica = { maxBatch, slots: maxBatch, terms, ratePerMs: size.feasible ? size.maxThroughputPerMs : 0 };
  if (size.feasible) return { replica, rejection: null };
  return { replica, rejection: missedTarget(size.missed, size.valueMs, size.targetMs, percentile) };
}

/** Entries are lists by the index of the placement. */
function entryOf<T>(lists: Map<string, T[]>, key: string): T[] {
  const found = lists.get(key);
  if (found !== undefined) return found;
  const made: T[] = [];
  lists.set(key, made);
  return made;
}
