import { cycleLine, statusLine } from './cycle-line.js';
import { GAP, painter, truncate } from './painting.js';
import { formatAccelerator, formatCost, formatLatency, formatRate } from './server-columns.js';
import { serverLines } from './server-lines.js';
import type { CardsView, ViewState } from './view-state.js';

export interface RenderOptions {
  columns: number;
  rows: number;
  colours: boolean;
}

const BAR_CELLS = 12;
/** Rows that reasons leave to the notices, where there are any: a blank one and two of theirs. */
const NOTICE_ROWS = 3;

/**
 * The live view as lines, not more rows than the terminal has, and none wider than it but the one to be copied: cut, it
 * would be of no use, so the terminal wraps it, and its rows are counted.
 */
export function renderView(state: ViewState, options: RenderOptions): string[] {
  const { columns } = options;
  const paint = painter(options.colours);
  const fit = (text: string): string => truncate(text, columns);

  const toCopy = `export KUBECONFIG=${state.cluster.kubeconfigPath}`;
  const rows = options.rows - (Math.ceil(toCopy.length / Math.max(1, columns)) - 1);
  const head = [paint(fit(headline(state)), 'bold'), statusLine(state, columns, paint), toCopy];
  const cards = state.cards.length === 0 ? [] : ['', ...cardLines(state.cards, columns).map((line) => fit(line))];
  const spared = state.notices.length > 0 ? NOTICE_ROWS : 0;
  const room = { columns, rows: rows - head.length - cards.length - 1, spared };
  const servers = state.servers.length === 0 ? [] : serverLines(state.servers, room, paint);
  const lines = [...head, ...servers, ...cards];
  const forNotices = Math.max(0, rows - lines.length - 1);
  const notices = forNotices === 0 ? [] : state.notices.slice(-forNotices);
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
      `  ${server.name} ${server.class}/${server.model} ${load} on ${formatAccelerator(server)} ready ${server.readyReplicas}/${server.desiredReplicas}` +
        ` itl ${formatLatency(server.itl)} ms ttft ${formatLatency(server.ttft)} ms ${formatCost(server.costCentsPerHour)} ¢/h` +
        ` ${server.action}: ${server.reason}`,
    );
  }
  return lines;
}

function headline(state: ViewState): string {
  return `inferno${GAP}cluster ${state.cluster.url}${GAP}ctrl-c stops`;
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
