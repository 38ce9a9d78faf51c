import { painter, type Style } from '../painting.js';
import type { Plan, PlanChanges, PlanSide } from './compare-plans.js';
import { shown, shownAccelerator, shownCount, shownGap } from './figures.js';
import type { PlanPart } from './plan-rows.js';
import { outcomeStyle, shortOnes, warningsOf, type Page } from './render-plan.js';
import { textTable, type TextColumn } from './text-table.js';

interface Line {
  readonly server: string;
  readonly base: PlanSide;
  readonly whatIf: PlanSide;
}

/** Two plans side by side: the servers that differ, then what each plan comes to. */
export function renderChanges(changes: PlanChanges, { base, whatIf }: { base: Plan; whatIf: Plan }, page: Page): string[] {
  const paint = painter(page.colours);
  const servers = Object.entries(changes.servers).map(([server, sides]): Line => ({ server, ...sides }));
  const bars: TextColumn<Line> = { title: '|', align: 'left', cell: () => '|' };
  const columns = [
    { title: 'SERVER', align: 'left', cell: ({ server }) => server, style: () => 'bold' } satisfies TextColumn<Line>,
    ...sideColumns('BASE', 'base'),
    bars,
    ...sideColumns('WHAT IF', 'whatIf'),
  ];
  const count = servers.length;
  const changed = whatIf.rows.filter(({ server }) => Object.hasOwn(changes.servers, server));
  const said = new Set(base.answer.warnings);
  return [
    count === 0 ? 'No server changes.' : `Servers that change: ${count} of ${base.rows.length}`,
    ...(count === 0 ? [] : textTable(columns, servers, page.width, paint)),
    ...shortOnes(changed, whatIf.answer, 'Not within their targets, what if:', page),
    '',
    ...textTable(totalColumns, totalsOf(changes, base, whatIf), page.width, paint),
    ...warningsOf([...base.answer.warnings, ...whatIf.answer.warnings.filter((warning) => !said.has(warning))], page),
  ];
}

function sideColumns(title: string, side: 'base' | 'whatIf'): TextColumn<Line>[] {
  const column = (
    name: string,
    align: 'left' | 'right',
    textOf: (side: PlanSide) => string,
    styleOf: (side: PlanSide) => Style | undefined = () => undefined,
  ): TextColumn<Line> => ({
    title: name,
    align,
    cell: (line) => textOf(line[side]),
    style: (line) => (side === 'whatIf' && textOf(line.base) !== textOf(line.whatIf) ? 'yellow' : styleOf(line[side])),
  });
  const joined = ({ parts }: PlanSide, read: (part: PlanPart) => string): string => parts.map(read).join(' + ') || '-';
  return [
    column(`${title} ACCEL`, 'left', (it) => joined(it, ({ accelerator }) => shownAccelerator(accelerator, it.keeps))),
    column('REPL', 'right', (it) => joined(it, ({ numReplicas }) => String(numReplicas))),
    column('BATCH', 'right', (it) => joined(it, ({ maxBatch }) => shownCount(maxBatch))),
    column('¢/H', 'right', ({ cost }) => shown(cost)),
    column('ITL MS', 'right', (it) => joined(it, ({ itl }) => shown(itl))),
    column('TTFT MS', 'right', (it) => joined(it, ({ ttft }) => shown(ttft))),
    column('OUTCOME', 'left', ({ outcome }) => outcome, outcomeStyle),
  ];
}

interface Total {
  readonly name: string;
  readonly base: string;
  readonly whatIf: string;
  readonly difference: string;
}

const totalColumns: readonly TextColumn<Total>[] = [
  { title: '', align: 'left', cell: ({ name }) => name },
  { title: 'BASE', align: 'right', cell: ({ base }) => base },
  { title: 'WHAT IF', align: 'right', cell: ({ whatIf }) => whatIf },
  { title: 'DIFFERENCE', align: 'right', cell: ({ difference }) => difference },
];

function totalsOf({ cost, counts, cards }: PlanChanges, base: Plan, whatIf: Plan): Total[] {
  const before = base.answer.solver;
  const after = whatIf.answer.solver;
  return [
    { name: 'cost ¢/h', base: shown(cost.base), whatIf: shown(cost.whatIf), difference: signed(cost.difference) },
    ...counts.map(({ priority, base: was, whatIf: is }) => ({
      name: `served, priority ${priority}`,
      base: was === null ? '-' : `${was.served} of ${was.servers}`,
      whatIf: is === null ? '-' : `${is.served} of ${is.servers}`,
      difference: signed((is?.served ?? 0) - (was?.served ?? 0)),
    })),
    ...Object.entries(cards).map(([type, { base: was, whatIf: is }]) => ({
      name: `cards, ${type}`,
      base: was === null ? '-' : `${was.used} of ${was.total}`,
      whatIf: is === null ? '-' : `${is.used} of ${is.total}`,
      difference: signed((is?.used ?? 0) - (was?.used ?? 0)),
    })),
    {
      name: 'objective',
      base: shown(before.objective),
      whatIf: shown(after.objective),
      difference: signed(after.objective - before.objective),
    },
    { name: 'gap', base: shownGap(before.gap), whatIf: shownGap(after.gap), difference: '' },
    {
      name: 'solver',
      base: `${before.name}, ${Math.round(before.ms)} ms`,
      whatIf: `${after.name}, ${Math.round(after.ms)} ms`,
      difference: '',
    },
  ];
}

function signed(difference: number): string {
  const text = shown(difference);
  return difference > 0 && text !== '0' ? `+${text}` : text.replace(/^-0$/, '0');
}
