import type { ExplainedCandidate, Explanation } from '#shared/contracts/optimizer.js';
import { painter } from '../painting.js';
import { percentileName } from '../../../optimizer/core/explain/figure.js';
import { shown } from './figures.js';
import type { PlanRow } from './plan-rows.js';
import type { Page } from './render-plan.js';
import { printable, textTable, type TextColumn } from './text-table.js';

type Column = TextColumn<ExplainedCandidate>;

const columns: readonly Column[] = [
  { title: 'ACCEL', align: 'left', cell: ({ accelerator }) => accelerator, style: ({ chosen }) => (chosen ? 'cyan' : undefined) },
  { title: 'REPL', align: 'right', cell: ({ numReplicas }) => shown(numReplicas) },
  { title: '¢/H', align: 'right', cell: ({ cost }) => shown(cost) },
  { title: 'VALUE', align: 'right', cell: ({ value }) => shown(value) },
  { title: 'REQ/MIN EACH', align: 'right', cell: ({ ratePerReplica }) => shown(ratePerReplica) },
  { title: 'ITL MS', align: 'right', cell: ({ itlAverage }) => shown(itlAverage) },
  { title: 'TTFT MS', align: 'right', cell: ({ ttftAverage }) => shown(ttftAverage) },
];
const lastColumns: readonly Column[] = [
  { title: 'BUSY', align: 'right', cell: ({ rho }) => shown(rho) },
  { title: 'WHY', align: 'left', cell: whyOf, style: whyStyle },
];

/** What was decided for a server and why, in words, and every accelerator with its figures: chosen, possible by value, impossible by name. */
export function renderExplanation(row: PlanRow, { candidates, remedy }: Explanation, page: Page): string[] {
  const paint = painter(page.colours);
  const { server, outcome, reason } = row;
  return [
    `${paint(printable(server), 'bold')}: ${outcome}: ${printable(reason)}`,
    `class ${printable(row.class)} of priority ${row.priority}, model ${printable(row.model)}`,
    targetsText(row.targets),
    loadText(row.load),
    ...row.parts.map((part) => partText(row, part, candidates)),
    ...(remedy === undefined ? [] : [`what it would take: ${printable(remedy)}`]),
    ...(candidates.length === 0 ? [] : ['', ...textTable(columnsFor(row), [...candidates].sort(byRank), page.width, paint)]),
  ];
}

function columnsFor({ targets }: PlanRow): Column[] {
  if (targets?.percentile === undefined) return [...columns, ...lastColumns];
  const title = percentileName(targets.percentile).toUpperCase();
  return [
    ...columns,
    { title: `ITL ${title}`, align: 'right', cell: ({ itlPercentile }) => shown(itlPercentile) },
    { title: `TTFT ${title}`, align: 'right', cell: ({ ttftPercentile }) => shown(ttftPercentile) },
    ...lastColumns,
  ];
}

function targetsText(targets: PlanRow['targets']): string {
  if (targets === null) return 'no targets';
  const { itl, ttft, tps, percentile } = targets;
  const of = percentile === undefined ? '' : `${percentileName(percentile)} of `;
  const all = [
    ...(itl > 0 ? [`${of}ITL ≤ ${shown(itl)} ms`] : []),
    ...(ttft > 0 ? [`${of}TTFT ≤ ${shown(ttft)} ms`] : []),
    ...(tps > 0 ? [`at least ${shown(tps)} tokens/s`] : []),
  ];
  return all.length === 0 ? 'targets of zero, which are none' : `targets: ${all.join(', ')}`;
}

function loadText(load: PlanRow['load']): string {
  if (load === null) return 'load: unknown';
  const tokens = `${shown(load.avgInTokens)} input and ${shown(load.avgOutTokens)} output tokens`;
  return load.arrivalRate === 0 ? 'load: none, measured' : `load: ${shown(load.arrivalRate)} requests/min of ${tokens}`;
}

function partText({ keeps }: PlanRow, part: PlanRow['parts'][number], candidates: readonly ExplainedCandidate[]): string {
  const { accelerator, numReplicas, maxBatch, cost, itl, ttft } = part;
  const price = cost === null ? ', what it costs is not known' : ` at ${shown(cost)} cents/hr`;
  const what = `${keeps ? 'keeps' : 'gets'} ${numReplicas} × ${printable(accelerator)}${price}`;
  const cards = candidates.find((candidate) => candidate.chosen && candidate.accelerator === accelerator)?.cards;
  return [
    what,
    ...(maxBatch > 0 ? [`max batch ${maxBatch}`] : []),
    ...(cards === undefined ? [] : [`${cards.count} cards of ${printable(cards.type)}`]),
    ...(itl === null ? [] : [`predicted ITL ${shown(itl)} ms`]),
    ...(ttft === null ? [] : [`TTFT ${shown(ttft)} ms`]),
  ].join(', ');
}

function whyOf({ chosen, rejection }: ExplainedCandidate): string {
  return chosen ? 'chosen' : (rejection?.text ?? '');
}

function whyStyle({ chosen, feasible }: ExplainedCandidate): 'green' | 'red' | undefined {
  if (chosen) return 'green';
  return feasible ? undefined : 'red';
}

/** Those without a value come last, in the order of names that they are given in. */
function byRank(a: ExplainedCandidate, b: ExplainedCandidate): number {
  if (a.chosen !== b.chosen) return a.chosen ? -1 : 1;
  if (a.feasible !== b.feasible) return a.feasible ? -1 : 1;
  return (a.value ?? Infinity) === (b.value ?? Infinity) ? 0 : (a.value ?? Infinity) - (b.value ?? Infinity);
}
