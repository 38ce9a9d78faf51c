import { labelOrAnnotation, labels } from '#shared/kube/names.js';
import type { ObjectMeta } from '#shared/kube/wire.js';

/** Load offered to one server or, shared, to one of its pods. */
export interface OfferedLoad {
  arrivalRatePerMin: number;
  avgInTokens: number;
  avgOutTokens: number;
}

/** Load that a Deployment's labels say; `none`: they say nothing; `invalid`: what is wrong, naming key, value and range. */
export type LabelledLoad = { kind: 'load'; load: OfferedLoad } | { kind: 'none' } | { kind: 'invalid'; problem: string };

/** Far above what any server takes (a million requests a minute), far below what would choke the machine that simulates it. */
const MOST_RPM = 1e6;
const MOST_TOKENS = 1e6;

type Field = { value: number } | { problem: string } | undefined;

/**
 * Load labels of a Deployment: requests/min, and input and output tokens or the older single figure (output tokens, no input). An
 * annotation of the same key wins. Without a rate there is no load; a rate whose tokens are missing is a mistake, not a load of none.
 */
export function readLoadLabels(metadata: ObjectMeta | undefined): LabelledLoad {
  const rate = field(metadata, labels.rpm, 0, MOST_RPM);
  if (rate === undefined) return { kind: 'none' };
  const inTokens = field(metadata, labels.inTokens, 0, MOST_TOKENS);
  const outTokens = field(metadata, labels.outTokens, 1, MOST_TOKENS);
  const numTokens = field(metadata, labels.numTokens, 1, MOST_TOKENS);
  const useOlder = inTokens === undefined && outTokens === undefined;
  const used = useOlder ? [rate, numTokens] : [rate, inTokens, outTokens];
  const problems = used.flatMap((item) => (item !== undefined && 'problem' in item ? [item.problem] : []));
  if (problems.length > 0) return { kind: 'invalid', problem: problems.join('; ') };
  const input = useOlder ? 0 : valueOf(inTokens);
  const output = valueOf(useOlder ? numTokens : outTokens);
  if (input === undefined || output === undefined) return { kind: 'invalid', problem: missingTokens(inTokens, useOlder) };
  return { kind: 'load', load: { arrivalRatePerMin: valueOf(rate) ?? 0, avgInTokens: input, avgOutTokens: output } };
}

/** The part of one of `readyPods` pods. */
export function shareLoad(load: OfferedLoad, readyPods: number): OfferedLoad {
  return { ...load, arrivalRatePerMin: load.arrivalRatePerMin / Math.max(1, readyPods) };
}

function field(metadata: ObjectMeta | undefined, key: string, least: number, most: number): Field {
  const text = labelOrAnnotation(metadata, key);
  if (text === undefined) return undefined;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= least && value <= most) return { value };
  return { problem: `${key}: ${JSON.stringify(text)}: must be a number from ${least} to ${most}` };
}

function valueOf(item: Field): number | undefined {
  return item !== undefined && 'value' in item ? item.value : undefined;
}

function missingTokens(inTokens: Field, useOlder: boolean): string {
  if (useOlder) return `${labels.rpm} is set, but neither ${labels.inTokens} and ${labels.outTokens} nor ${labels.numTokens}`;
  return `${labels.rpm} is set, but not ${inTokens === undefined ? labels.inTokens : labels.outTokens}`;
}
