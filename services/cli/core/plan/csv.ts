import { figure } from '../../../optimizer/core/explain/figure.js';
import type { Explanation } from '#shared/contracts/optimizer.js';
import type { PlanChanges, PlanSide } from './compare-plans.js';
import type { PlanPart, PlanRow } from './plan-rows.js';

type Cell = string | number | null | undefined;

/** RFC 4180: a header, CRLF at the end of each record, what contains a comma, a quote or a line end in quotes. */
export function toCsv(header: readonly string[], records: readonly (readonly Cell[])[]): string {
  return [header, ...records].map((record) => `${record.map(field).join(',')}\r\n`).join('');
}

function field(cell: Cell): string {
  const text = cell === null || cell === undefined ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const planHeader = [
  'server',
  'class',
  'priority',
  'model',
  'arrivalRate',
  'avgInTokens',
  'avgOutTokens',
  'accelerator',
  'numReplicas',
  'maxBatch',
  'cost',
  'itlAverage',
  'itlPercentile',
  'sloItl',
  'ttftAverage',
  'ttftPercentile',
  'sloTtft',
  'sloPercentile',
  'value',
  'outcome',
  'reason',
];

/** One record for each part of each server; `cost` is the part's, `value` the server's. Empty: nothing, or not known. */
export function planCsv(rows: readonly PlanRow[]): string {
  const records = rows.flatMap((row) => {
    const parts: readonly (PlanPart | undefined)[] = row.parts.length === 0 ? [undefined] : row.parts;
    return parts.map((part) => [
      row.server,
      row.class,
      row.priority,
      row.model,
      row.load?.arrivalRate,
      row.load?.avgInTokens,
      row.load?.avgOutTokens,
      part?.accelerator,
      part?.numReplicas,
      knownBatch(part),
      part?.cost,
      part?.itl,
      part?.itlPercentile,
      row.targets?.itl,
      part?.ttft,
      part?.ttftPercentile,
      row.targets?.ttft,
      row.targets?.percentile,
      row.value === null ? null : figure(row.value),
      row.outcome,
      row.reason,
    ]);
  });
  return toCsv(planHeader, records);
}

/** Where it is not known it is 0 elsewhere. */
function knownBatch(part: PlanPart | undefined): number | null {
  return part === undefined || part.maxBatch === 0 ? null : part.maxBatch;
}

const candidateHeader = [
  'server',
  'accelerator',
  'chosen',
  'feasible',
  'numReplicas',
  'maxBatch',
  'cost',
  'value',
  'ratePerReplica',
  'itlAverage',
  'itlPercentile',
  'ttftAverage',
  'ttftPercentile',
  'rho',
  'rejection',
  'why',
];

/** One record for each accelerator that one server has or could have had. */
export function explanationCsv(server: string, { candidates }: Explanation): string {
  const records = candidates.map((candidate) => [
    server,
    candidate.accelerator,
    String(candidate.chosen),
    String(candidate.feasible),
    candidate.numReplicas,
    candidate.maxBatch,
    candidate.cost,
    candidate.value,
    candidate.ratePerReplica,
    candidate.itlAverage,
    candidate.itlPercentile,
    candidate.ttftAverage,
    candidate.ttftPercentile,
    candidate.rho,
    candidate.rejection?.code,
    candidate.rejection?.text,
  ]);
  return toCsv(candidateHeader, records);
}

const sideHeader = ['Outcome', 'Accelerator', 'NumReplicas', 'MaxBatch', 'Cost', 'ItlAverage', 'TtftAverage'];

/** One record for each changed server; the parts of a mixture are joined by ` + `. */
export function changesCsv({ servers }: PlanChanges): string {
  const header = ['server', ...sideHeader.map((name) => `base${name}`), ...sideHeader.map((name) => `whatIf${name}`)];
  return toCsv(
    header,
    Object.entries(servers).map(([name, { base, whatIf }]) => [name, ...sideCells(base), ...sideCells(whatIf)]),
  );
}

function sideCells({ outcome, parts, cost }: PlanSide): Cell[] {
  const joined = (read: (part: PlanPart) => string | number | null): string => parts.map((part) => read(part) ?? '').join(' + ');
  return [
    outcome,
    joined(({ accelerator }) => accelerator),
    joined(({ numReplicas }) => numReplicas),
    joined(knownBatch),
    cost,
    joined(({ itl }) => itl),
    joined(({ ttft }) => ttft),
  ];
}
