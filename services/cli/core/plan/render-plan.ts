import { painter, type Style } from '../painting.js';
import { shown, shownAccelerator, shownCount, shownGap, shownLatency, shownTokens } from './figures.js';
import { costOfParts, costOfRows, isShort, type PlanAnswer, type PlanPart, type PlanRow } from './plan-rows.js';
import { servedByPriority, type Served } from './served.js';
import { printable, textTable, type TextColumn } from './text-table.js';

export interface Page {
  /** Columns of the terminal; Infinity: no terminal, nothing is cut. */
  readonly width: number;
  readonly colours: boolean;
}

/** A line of the table: a server, or one more part of the server above. */
interface Line {
  readonly row: PlanRow;
  readonly part: PlanPart | undefined;
  readonly isFirst: boolean;
}

const columns: readonly TextColumn<Line>[] = [
  ofServer(
    'SERVER',
    'left',
    ({ server }) => server,
    () => 'bold',
  ),
  ofServer('CLASS', 'left', (row) => row.class),
  ofServer('PRIO', 'right', ({ priority }) => String(priority)),
  ofServer('MODEL', 'left', ({ model }) => model),
  ofServer('REQ/MIN', 'right', ({ load }) => shown(load?.arrivalRate)),
  ofServer('TOKENS', 'right', ({ load }) => shownTokens(load)),
  { title: 'ACCEL', align: 'left', cell: ({ part, row }) => acceleratorOf(part, row), style: () => 'cyan' },
  { title: 'REPL', align: 'right', cell: ({ part }) => (part === undefined ? '-' : String(part.numReplicas)) },
  { title: 'BATCH', align: 'right', cell: ({ part }) => shownCount(part?.maxBatch ?? 0) },
  { title: '¢/H', align: 'right', cell: ({ part }) => shown(part?.cost) },
  { title: 'ITL MS ≤ SLO', align: 'right', cell: ({ part, row }) => itlOf(part, row) },
  { title: 'TTFT MS ≤ SLO', align: 'right', cell: ({ part, row }) => ttftOf(part, row) },
  ofServer('VALUE', 'right', ({ value }) => shown(value)),
  ofServer('OUTCOME', 'left', ({ outcome }) => outcome, outcomeStyle),
];

/** A plan for people: the servers, who is not served and why, the cards, what it comes to, and what is to be said besides. */
export function renderPlan(rows: readonly PlanRow[], answer: PlanAnswer, page: Page): string[] {
  const paint = painter(page.colours);
  const lines = rows.flatMap((row): Line[] => {
    const [first, ...others] = row.parts;
    return [{ row, part: first, isFirst: true }, ...others.map((part) => ({ row, part, isFirst: false }))];
  });
  return [
    ...(rows.length === 0 ? ['no servers'] : textTable(columns, lines, page.width, paint)),
    ...shortOnes(rows, answer, 'Not within their targets:', page),
    '',
    ...renderCards(answer, page),
    '',
    ...totalsOf(rows, answer),
    ...warningsOf(answer.warnings, page),
  ];
}

/** Those of the rows that are short, each with its reason and with what would do, below a title. */
export function shortOnes(rows: readonly PlanRow[], { summary }: PlanAnswer, title: string, { colours }: Page): string[] {
  const paint = painter(colours);
  const remedies = new Map([
    ...summary.shortages.map(({ server, text }) => [server, text] as const),
    // Where none would do its text has the reason of each accelerator: that is for `explain`.
    ...summary.relaxations.map(({ server, least, text }) => [server, least === null ? text.replace(/:.*/s, '') : text] as const),
  ]);
  const lines = rows.filter(isShort).map(({ server, outcome, reason }) => {
    const remedy = remedies.get(server);
    const why = remedy === undefined ? reason : `${reason}; ${remedy}`;
    return `  ${printable(server)}: ${paint(outcome, outcomeStyle({ outcome }))}: ${printable(why)}`;
  });
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function ofServer(
  title: string,
  align: TextColumn<Line>['align'],
  cell: (row: PlanRow) => string,
  style?: (row: PlanRow) => Style | undefined,
): TextColumn<Line> {
  return {
    title,
    align,
    cell: ({ row, isFirst }) => (isFirst ? cell(row) : ''),
    ...(style === undefined ? {} : { style: ({ row }: Line) => style(row) }),
  };
}

function acceleratorOf(part: PlanPart | undefined, { keeps }: PlanRow): string {
  return part === undefined ? '-' : shownAccelerator(part.accelerator, keeps);
}

function itlOf(part: PlanPart | undefined, { targets }: PlanRow): string {
  return shownLatency({ mean: part?.itl ?? null, atPercentile: part?.itlPercentile ?? null }, targets?.itl, targets?.percentile);
}

function ttftOf(part: PlanPart | undefined, { targets }: PlanRow): string {
  return shownLatency(
    { mean: part?.ttft ?? null, atPercentile: part?.ttftPercentile ?? null },
    targets?.ttft,
    targets?.percentile,
  );
}

export function outcomeStyle({ outcome }: Pick<PlanRow, 'outcome'>): Style | undefined {
  if (outcome === 'infeasible' || outcome === 'unserved') return 'red';
  return isShort({ outcome }) ? 'yellow' : undefined;
}

function renderCards({ capacity, prices, summary }: PlanAnswer, { width, colours }: Page): string[] {
  const priceOf = new Map(Object.entries(prices ?? {}));
  const cards = Object.entries(capacity).map(([type, { used, total }]) => ({ type, used, total }));
  const cardColumns: TextColumn<(typeof cards)[number]>[] = [
    { title: 'CARDS', align: 'left', cell: ({ type }) => type },
    {
      title: 'USED',
      align: 'right',
      cell: ({ used }) => String(used),
      style: ({ used, total }) => (used > total ? 'red' : undefined),
    },
    { title: 'TOTAL', align: 'right', cell: ({ total }) => String(total) },
  ];
  if (prices !== undefined) {
    cardColumns.push({ title: 'PRICE ¢/H EACH', align: 'right', cell: ({ type }) => shown(priceOf.get(type)) });
  }
  // A price is of cards for those who are served: those who are not for lack of cards stand beside it.
  const { shortages } = summary;
  const isShortOf = (type: string): number => shortages.filter((item) => item.type === type).length;
  if (shortages.length > 0)
    cardColumns.push({ title: 'SERVERS SHORT', align: 'right', cell: ({ type }) => String(isShortOf(type)) });
  return textTable(cardColumns, cards, width, painter(colours));
}

function totalsOf(rows: readonly PlanRow[], { solver, counts, summary }: PlanAnswer): string[] {
  const keeping = rows.filter(({ keeps, parts }) => keeps && parts.length > 0);
  const ofThem = keeping.length === 0 ? '' : `, ${shown(costOfRows(keeping))} of it for what is merely kept, in brackets`;
  const unpriced = rows.filter(({ parts }) => costOfParts(parts) === null).length;
  const besides = unpriced === 0 ? '' : `; what ${unpriced} of the ${rows.length} servers cost is not known`;
  const contested = counts.filter((one) => one.served < one.servers);
  const bounds = new Map(contested.map(({ priority, bound }) => [priority, bound]));
  const served = servedByPriority(rows).map((one) => `served  ${servedText(one, bounds.get(one.priority) ?? null)}`);
  return [
    `cost    ${shown(costOfRows(rows))} ¢/h${ofThem}${besides}`,
    ...served,
    ...summary.classes.map((one) => `class   ${printable(one.class)}: ${one.text}`),
    `solver  ${solver.name} in ${Math.round(solver.ms)} ms: objective ${shown(solver.objective)}, bound ${shown(solver.bound)}, gap ${shownGap(solver.gap)}`,
  ];
}

/** `bound`: the most that can be served with these cards; null: not proven, or not asked. */
function servedText({ priority, servers, served, others }: Served, bound: number | null): string {
  const notes = [...others].map(([outcome, count]) => `${count} ${outcome}`);
  if (bound !== null) notes.push(`no more than ${bound} can be`);
  return `priority ${priority}: ${served} of ${servers}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}

export function warningsOf(warnings: readonly string[], { colours }: Page): string[] {
  const paint = painter(colours);
  return warnings.map((warning) => `${paint('warning', 'yellow')} ${printable(warning)}`);
}
