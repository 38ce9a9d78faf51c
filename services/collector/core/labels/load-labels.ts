import type { Reading } from '#shared/contracts/loop.js';
import { labels } from '#shared/kube/names.js';
import type { ObjectMeta } from '#shared/kube/wire.js';
import { numberValue, type LabelProblem, type NumberValue } from './number-value.js';

/** The load that labels declare. */
export interface LabelledLoad {
  /** Requests/min. */
  arrivalRate: Reading;
  avgInTokens: Reading;
  avgOutTokens: Reading;
  problems: LabelProblem[];
}

/** Beyond this nobody means it: more than 16 million requests a second, or tokens of a request by the thousand million. */
const range = { min: 0, max: 1e9 };

/** Rate and tokens by label: `intokens` and `outtokens`, or the older `numtokens` (output tokens, no input) when neither is there. */
export function readLoadLabels(metadata: ObjectMeta | undefined, nowMs: number): LabelledLoad {
  const rpm = numberValue(metadata, labels.rpm, range);
  const inTokens = numberValue(metadata, labels.inTokens, range);
  const outTokens = numberValue(metadata, labels.outTokens, range);
  const isOlder = inTokens.state === 'absent' && outTokens.state === 'absent';
  const numTokens: NumberValue = isOlder ? numberValue(metadata, labels.numTokens, range) : { state: 'absent' };
  const tokens: readonly [NumberValue, NumberValue] =
    numTokens.state === 'known'
      ? [{ state: 'known', value: 0 }, numTokens]
      : isOlder
        ? [numTokens, numTokens]
        : [inTokens, outTokens];
  const all = isOlder ? [rpm, numTokens] : [rpm, inTokens, outTokens];
  return {
    arrivalRate: reading(rpm, labels.rpm, nowMs),
    avgInTokens: reading(tokens[0], labels.inTokens, nowMs),
    avgOutTokens: reading(tokens[1], labels.outTokens, nowMs),
    problems: all.flatMap((value) => (value.state === 'bad' ? [value.problem] : [])),
  };
}

function reading(value: NumberValue, key: string, nowMs: number): Reading {
  if (value.state === 'known') return { value: value.value, at: nowMs, source: 'labels' };
  return { missing: value.state === 'bad' ? value.problem.reason : `no label ${key}` };
}
