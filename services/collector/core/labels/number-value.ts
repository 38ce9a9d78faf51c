import type { CollectProblem } from '#shared/contracts/loop.js';
import type { ObjectMeta } from '#shared/kube/wire.js';

/** A number of a label or annotation: absent, unusable with the reason, or its value. */
export type NumberValue = { state: 'absent' } | { state: 'bad'; problem: LabelProblem } | { state: 'known'; value: number };

export type LabelProblem = Pick<CollectProblem, 'code' | 'reason'>;

export interface NumberRange {
  min: number;
  max: number;
  whole?: boolean;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Reads a number; an annotation of the same key wins over the label. */
export function numberValue(metadata: ObjectMeta | undefined, key: string, range: NumberRange): NumberValue {
  const annotation = metadata?.annotations?.[key];
  const text = annotation ?? metadata?.labels?.[key];
  if (text === undefined) return { state: 'absent' };
  const value = NUMBER.test(text.trim()) ? Number(text) : Number.NaN;
  const isWhole = range.whole !== true || Number.isInteger(value);
  if (isWhole && value >= range.min && value <= range.max) return { state: 'known', value };
  const kind = annotation === undefined ? 'label' : 'annotation';
  const wanted = `${range.whole === true ? 'a whole number' : 'a number'} from ${range.min} to ${range.max}`;
  const reason = `${kind} ${key}: ${JSON.stringify(text)}: must be ${wanted}`;
  return { state: 'bad', problem: { code: annotation === undefined ? 'bad-label' : 'bad-annotation', reason } };
}
