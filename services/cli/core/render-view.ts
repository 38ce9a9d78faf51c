import { pausedText } from './pause-view.js';
import { columnsFor, formatCost, formatLatency, formatRate, GAP, type PlacedColumn, type Style } from './server-columns.js';
import type { CardsView, CycleView, ServerView, ViewState } from './view-state.js';

const ESC = '\u001b[';
const styles: Readonly<Record<Style, string>> = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', cyan: '36' };
type Paint = (text: string, style: Style | undefined) => string;

export interface RenderOptions {
  columns: number;
  rows: number;
  colours: boolean;
}

const actionStyles: Readonly<Record<string, Style>> = { keep: 'dim', hold: 'yellow' };
const BAR_CELLS = 12;
const REASON_LINES = 2;
/** Rows that reasons leave to the notices, where there are any: a blank one and two of theirs. */
const NOTICE_ROWS = 3;

/**
 * The live view as lines, not more rows than the terminal has, and none wider than it but the one to be copied: cut, it
 * would be of no use, so the terminal wraps it, and its rows are counted.
 */
export function renderView(state: ViewState, options: RenderOptions): string[] {
  const paint = (text: string, style: Style | undefined): string =>
    options.colours && style !== undefined && text !== '' ? `${ESC}${styles[style]}m${text}${ESC}0m` : text;
  const fit = (text: string): string => truncate(text, options.columns);

  const toCopy = `export KUBECONFIG=${state.cluster.kubeconfigPath}`;
  const rows = options.rows - (Math.ceil(toCopy.length / Math.max(1, options.columns)) - 1);
  const head = [paint(fit(headline(state)), 'bold'), statusLine(state, options.columns, paint), toCopy, ''];
  const cards = ['', ...cardLines(state.cards, options.columns).map((line) => fit(line))];
  // A title, and two lines per server: the first of its reason included.
  const spare = rows - head.length - cards.length - 1 - 2 * state.servers.length;
  const forReasons = spare - (state.notices.length > 0 ? NOTICE_ROWS : 0);
  const lines = [...head, ...serverLines(state.servers, options.columns, forReasons, paint), ...cards];
  const room = Math.max(0, rows - lines.length - 1);
  const notices = room === 0 ? [] : state.notices.slice(-room);
  if (notices.length > 0) lines.push('', ...notices.map((notice) => paint(fit(notice), 'dim')));
  return lines.slice(0, Math.max(0, rows));
}

/** One line per server with a decision worth telling, for terminals that cannot redraw. */
export function renderPlain(state: ViewState): string[] {
  if (state.cycle === undefined) return [];
  const lines = [cycleLine(state.cycle, state.nowMs)];
  for (const server of state.servers) {
    const load = 'unknown' in server.load ? `load unknown (${server.load.unknown})` : `${formatRate(server)} req/min`;
    lines.push(
      `  ${server.name} ${server.class}/${server.model} ${load} on ${server.accelerator} ready ${server.readyReplicas}/${server.desiredReplicas}` +
        ` itl ${formatLatency(server.itl)} ms ttft ${formatLatency(server.ttft)} ms ${formatCost(server.costCentsPerHour)} ¢/h` +
        ` ${server.action}: ${server.reason}`,
    );
  }
  return lines;
}

function headline(state: ViewState): string {
  return `inferno${GAP}cluster ${state.cluster.url}${GAP}ctrl-c stops`;
}

function statusLine({ paused, cycle, nowMs }: ViewState, width: number, paint: Paint): string {
  const cells = [{ text: cycleLine(cycle, nowMs), style: cycleStyle(cycle) }];
  const pause = paused === undefined ? undefined : pausedText(paused);
  if (pause !== undefined) cells.unshift({ text: pause, style: 'yellow' });
  return paintCells(cells, width, paint);
}

function cycleLine(cycle: CycleView | undefined, nowMs: number): string {
  if (cycle === undefined) return 'waiting for the first cycle';
  const reason = cycle.reason === undefined ? '' : ` (${cycle.reason})`;
  const next =
    cycle.nextAtMs === undefined ? 'next on demand' : `next in ${Math.max(0, Math.ceil((cycle.nextAtMs - nowMs) / 1000))} s`;
  const cost = cycle.costCentsPerHour === undefined ? '' : ` · ${formatCost(cycle.costCentsPerHour)} ¢/h in all`;
  return `cycle ${cycle.id} ${cycle.outcome}${reason} in ${Math.round(cycle.durationMs)} ms${cost} · ${next}`;
}

function cycleStyle(cycle: CycleView | undefined): Style | undefined {
  return cycle?.outcome === 'aborted' ? 'red' : undefined;
}

/** @param extraRows how many reasons may go on in a second line; the first servers have it */
function serverLines(servers: readonly ServerView[], width: number, extraRows: number, paint: Paint): string[] {
  const columns = columnsFor(servers, width);
  const place = (text: string, column: PlacedColumn): string =>
    column.align === 'left' ? text.padEnd(column.width) : text.padStart(column.width);
  const lines = [paint(truncate(columns.map((column) => place(column.title, column)).join(GAP), width), 'dim')];
  let extra = extraRows;
  for (const server of servers) {
    const cells = columns.map((column) => ({ text: place(column.cell(server), column), style: column.style?.(server) }));
    lines.push(paintCells(cells, width, paint));
    const reason = reasonLines(`${server.action}: ${server.reason}`, width, extra > 0 ? REASON_LINES : 1);
    extra -= reason.length - 1;
    lines.push(...reason.map((line) => paint(line, actionStyles[server.action] ?? 'green')));
  }
  return lines;
}

/** Broken between words into at most `most` lines, the last of them cut where that is not enough. */
function reasonLines(text: string, width: number, most: number): string[] {
  const line = `${GAP}${text}`;
  if (most <= 1 || line.length <= width) return [truncate(line, width)];
  const space = line.lastIndexOf(' ', width);
  // A word longer than the line has no better place to be broken at.
  const at = space > GAP.length ? space : width;
  return [line.slice(0, at), ...reasonLines(line.slice(at).trimStart(), width, most - 1)];
}

/** Joins cells up to the width of the terminal; colours go on after cutting, as they take no room. */
function paintCells(cells: readonly { text: string; style: Style | undefined }[], width: number, paint: Paint): string {
  let line = '';
  let room = width;
  for (const { text, style } of cells) {
    const gap = line === '' ? '' : GAP;
    if (room <= gap.length) break;
    const shown = truncate(text, room - gap.length);
    line += gap + paint(shown, style);
    room -= gap.length + shown.length;
  }
  return line;
}

function cardLines(cards: readonly CardsView[], width: number): string[] {
  const lines: string[] = [];
  let line = 'CARDS';
  for (const { type, used, total } of cards) {
    const filled = total === 0 ? 0 : Math.min(BAR_CELLS, Math.ceil((used / total) * BAR_CELLS));
    const text = `${GAP}${type} ${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)} ${used}/${total}`;
    if (line.length + text.length > width && line !== 'CARDS') {
      lines.push(line);
      line = '     ';
    }
    line += text;
  }
  return [...lines, line];
}

function truncate(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
