import type { Catalogue } from '../catalogue.js';
import type { RequestShape } from '../latency/service-model.js';
import type { OptimizerOptions } from '../options.js';
import { replicaModel, type ReplicaLimits, type ReplicaModel } from './replica-model.js';
import { sizeReplica, type ReplicaSize, type Targets } from './size-replica.js';

export interface SizingQuestion {
  readonly model: string;
  readonly shape: RequestShape;
  readonly limits: ReplicaLimits;
  readonly targets: Targets;
}

/** One replica on one accelerator: its queue model, and, where that is usable, how much it takes within the targets. */
export interface SizedReplica {
  readonly replica: ReplicaModel;
  readonly size: ReplicaSize | null;
}

export type Sizer = (question: SizingQuestion, accelerator: string) => SizedReplica;

/**
 * Answers sizing questions and remembers the answers for as long as one problem is solved: servers of one model often differ only
 * in their rate, and classes of one model only in their targets. A queue model depends on neither.
 */
export function createSizer(catalogue: Catalogue, options: OptimizerOptions): Sizer {
  const modelsByShape = new Map<string, Map<string, ReplicaModel>>();
  const sizesByQuestion = new Map<string, Map<string, SizedReplica>>();
  // A server asks for all accelerators in turn: its keys are built once.
  let last: SizingQuestion | null = null;
  let models = new Map<string, ReplicaModel>();
  let sizes = new Map<string, SizedReplica>();

  const turnTo = (question: SizingQuestion): void => {
    const { shape, limits, targets } = question;
    const shapeKey = [shape.inputTokens, shape.outputTokens, limits.maxBatchSize, limits.maxQueueSize, question.model].join(' ');
    models = entryOf(modelsByShape, shapeKey);
    sizes = entryOf(sizesByQuestion, [targets.itlMs, targets.ttftMs, targets.tokensPerSec, shapeKey].join(' '));
    last = question;
  };

  return (question, accelerator) => {
    if (question !== last) turnTo(question);
    const known = sizes.get(accelerator);
    if (known !== undefined) return known;
    let replica = models.get(accelerator);
    if (replica === undefined) {
      const perf = catalogue.perf(question.model, accelerator);
      replica = replicaModel(perf, question.shape, question.limits, options);
      models.set(accelerator, replica);
    }
    const sized = { replica, size: replica.usable ? sizeReplica(replica.curve, question.targets) : null };
    sizes.set(accelerator, sized);
    return sized;
  };
}

function entryOf<T>(maps: Map<string, Map<string, T>>, key: string): Map<string, T> {
  const found = maps.get(key);
  if (found !== undefined) return found;
  const made = new Map<string, T>();
  maps.set(key, made);
  return made;
}
