import type { ServerDecision, ServerExplanation } from '#shared/contracts/controller.js';
import type { Explanation } from '#shared/contracts/optimizer.js';
import { isMissing, type Reading, type UpdateResult } from '#shared/contracts/loop.js';
import { counted, figure, targetText } from './figure.js';
import { shareText } from './verdict.js';

/** The decision on one server in plain words: what was measured, what happens and why, and what was left. */
export function summaryOf(
  name: string,
  decision: ServerDecision,
  optimizer: Explanation | null,
  result: UpdateResult | null,
): string {
  return [
    `${name}: class ${decision.class}${priorityText(decision)}, model ${decision.model}.`,
    `Load: ${loadText(decision)}. Measured: ${measuredText(decision)}.`,
    `Runs ${shareText(decision.current)} at ${figure(decision.current.cost)} cents/hr: ${podsText(decision)}.`,
    `Verdict: ${decision.verdict.action}: ${decision.verdict.reason}.`,
    ...wantedText(decision),
    ...(optimizer === null ? [] : optimizer.candidates.map(candidateText)),
    ...(optimizer?.remedy === undefined ? [] : [`To serve it in full: ${optimizer.remedy}.`]),
    ...(result === null ? [] : [`Actuator: ${result.status}: ${result.reason}.`]),
  ].join('\n');
}

/** The answer of `/explain` as text. */
export function explanationText({ summary, cycle, at }: ServerExplanation): string {
  return `cycle ${cycle}, ${new Date(at).toISOString()}\n${summary}\n`;
}

function priorityText({ priority }: ServerDecision): string {
  return priority === null ? '' : ` (priority ${priority})`;
}

function loadText({ load: { arrivalRate, avgInTokens, avgOutTokens } }: ServerDecision): string {
  if (isMissing(arrivalRate)) return `unknown (${arrivalRate.missing})`;
  const { value, source, coverage } = arrivalRate;
  const over = coverage === undefined ? '' : ` over ${figure(coverage.spanMs / 1000)} s`;
  const rate = `${figure(value)} requests/min (${source}${over})`;
  return value === 0 ? rate : `${rate} of ${readingText(avgInTokens)} in and ${readingText(avgOutTokens)} out tokens`;
}

function measuredText({ measured, targets }: ServerDecision): string {
  const one = (name: string, reading: Reading, target = 0): string => {
    const goal = target > 0 ? `, target ${targetText(target, targets?.percentile)}` : '';
    return `${name} ${readingText(reading, ' ms')}${goal}`;
  };
  return `${one('ITL', measured.itl, targets?.itl)}; ${one('TTFT', measured.ttft, targets?.ttft)}`;
}

function readingText(reading: Reading, unit = ''): string {
  return isMissing(reading) ? `unknown (${reading.missing})` : `${figure(reading.value)}${unit}`;
}

function podsText({ readyReplicas, startingReplicas, terminatingReplicas }: ServerDecision): string {
  const parts = [
    `${readyReplicas} ready`,
    ...(startingReplicas > 0 ? [`${startingReplicas} starting`] : []),
    ...(terminatingReplicas > 0 ? [`${terminatingReplicas} terminating`] : []),
  ];
  return parts.join(', ');
}

function wantedText({ wanted, planned }: ServerDecision): string[] {
  if (wanted === null) return ['The solver alone: nothing.'];
  if (wanted.accelerator === planned.accelerator && wanted.numReplicas === planned.numReplicas) return [];
  const batch = wanted.maxBatch === planned.maxBatch || wanted.numReplicas === 0 ? '' : ` with max batch ${wanted.maxBatch}`;
  return [`The solver alone would want ${shareText(wanted)}${batch} at ${figure(wanted.cost)} cents/hr.`];
}

function candidateText(candidate: Explanation['candidates'][number]): string {
  const { accelerator, chosen, rejection, numReplicas, cost, ratePerReplica, itlAverage, ttftAverage } = candidate;
  const sized = numReplicas === undefined ? '' : ` ${counted(numReplicas, 'replica')}, ${figure(cost ?? 0)} cents/hr`;
  const rate = ratePerReplica === undefined || ratePerReplica === 0 ? '' : `, up to ${figure(ratePerReplica)} requests/min each`;
  const latency = itlAverage === undefined ? '' : `, ITL ${figure(itlAverage)} and TTFT ${figure(ttftAverage ?? 0)} ms`;
  const why = chosen ? 'chosen' : `not chosen: ${rejection?.text ?? 'no reason given'}`;
  return `  ${accelerator}:${sized}${rate}${latency}${sized === '' ? ' ' : '; '}${why}`;
}
