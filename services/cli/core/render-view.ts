import type { CardsView, CycleView, LatencyView, ServerView, ViewState } from './view-state.js';

const ESC = '\u001b[';
const styles = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33', cyan: '36' } as const;
type Style = keyof typeof styles;

export interface RenderOptions {
  columns: number;
  rows: number;
  colours: boolean;
}

interface Column {
  title: string;
  align: 'left' | 'right';
  cell: (server: ServerView) => string;
  style?: (server: ServerView) => Style | undefined;
}

const columns: readonly Column[] = [
  { title: 'SERVER', align: 'left', cell: (server) => server.name, style: () => 'bold' },
  { title: 'CLASS', align: 'left', cell: (server) => server.class },
  { title: 'MODEL', align: 'left', cell: (server) => server.model },
  { title: 'REQ/MIN', align: 'right', cell: formatRate, style: (server) => ('unknown' in server.load ? 'yellow' : undefined) },
  { title: 'TOKENS IN/OUT', align: 'right', cell: formatTokens },
  {
    title: 'ACCEL',
    align: 'left',
    cell: (server) => (server.accelerator === '' ? '-' : server.accelerator),
    style: () => 'cyan',
  },
  {
    title: 'READY',
    align: 'right',
    cell: (server) => `${server.readyReplicas}/${server.desiredReplicas}`,
    style: (server) => (server.readyReplicas < server.desiredReplicas ? 'yellow' : undefined),
  },
  { title: 'BATCH', align: 'right', cell: (server) => String(server.maxBatch) },
  {
    title: 'ITL MS meas pred ≤ SLO',
    align: 'right',
    cell: (server) => formatLatency(server.itl),
    style: (server) => latencyStyle(server.itl),
  },
  {
    title: 'TTFT MS meas pred ≤ SLO',
    align: 'right',
    cell: (server) => formatLatency(server.ttft),
    style: (server) => latencyStyle(server.ttft),
  },
  { title: '¢/H', align: 'right', cell: (server) => formatCost(server.costCentsPerHour) },
];

const actionStyles: Readonly<Record<string, Style>> = { keep: 'dim', hold: 'yellow' };
const BAR_CELLS = 12;
const GAP = '  ';

/** The live view as lines, none wider than the terminal and not more than it has rows. */
export function renderView(state: ViewState, options: RenderOptions): string[] {
  const paint = (text: string, style: Style | undefined): string =>
    options.colours && style !== undefined && text !== '' ? `${ESC}${styles[style]}m${text}${ESC}0m` : text;
  const fit = (text: string): string => truncate(text, options.columns);

  const lines = [
    paint(fit(headline(state)), 'bold'),
    paint(fit(cycleLine(state.cycle, state.nowMs)), cycleStyle(state.cycle)),
    '',
  ];
  lines.push(...serverLines(state.servers, options.columns, paint));
  lines.push('', ...cardLines(state.cards, options.columns).map((line) => fit(line)));
  const room = Math.max(0, options.rows - lines.length - 2);
  const notices = room === 0 ? [] : state.notices.slice(-room);
  if (notices.length > 0) lines.push('', ...notices.map((notice) => paint(fit(notice), 'dim')));
  return lines.slice(0, options.rows);
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
  return `inferno${GAP}cluster ${state.cluster.url}${GAP}export KUBECONFIG=${state.cluster.kubeconfigPath}${GAP}ctrl-c stops`;
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

function serverLines(
  servers: readonly ServerView[],
  width: number,
  paint: (text: string, style: Style | undefined) => string,
): string[] {
  const widths = columns.map((column) => Math.max(column.title.length, ...servers.map((server) => column.cell(server).length)));
  const place = (text: string, index: number, align: Column['align']): string =>
    align === 'left' ? text.padEnd(widths[index] ?? 0) : text.padStart(widths[index] ?? 0);
  const lines = [
    paint(truncate(columns.map((column, index) => place(column.title, index, column.align)).join(GAP), width), 'dim'),
  ];
  for (const server of servers) {
    const cells = columns.map((column, index) => ({
      text: place(column.cell(server), index, column.align),
      style: column.style?.(server),
    }));
    lines.push(paintCells(cells, width, paint));
    lines.push(paint(truncate(`${GAP}${server.action}: ${server.reason}`, width), actionStyles[server.action] ?? 'green'));
  }
  return lines;
}

/** Joins cells up to the width of the terminal; colours go on after cutting, as they take no room. */
function paintCells(
  cells: readonly { text: string; style: Style | undefined }[],
  width: number,
  paint: (text: string, style: Style | undefined) => string,
): string {
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

function formatRate(server: ServerView): string {
  return 'unknown' in server.load ? 'unknown' : server.load.arrivalRatePerMin.toFixed(server.load.arrivalRatePerMin < 10 ? 1 : 0);
}

function formatTokens(server: ServerView): string {
  if ('unknown' in server.load) return '-';
  return `${wholeOrDash(server.load.avgInTokens)}/${wholeOrDash(server.load.avgOutTokens)}`;
}

function formatLatency({ measuredMs, predictedMs, targetMs }: LatencyView): string {
  const target = targetMs === undefined ? 'no SLO' : `≤ ${wholeOrDash(targetMs)}`;
  return `${figure(measuredMs)} ${figure(predictedMs)} ${target}`;
}

function latencyStyle({ measuredMs, targetMs }: LatencyView): Style | undefined {
  if (measuredMs === undefined || targetMs === undefined) return undefined;
  return measuredMs > targetMs ? 'red' : 'green';
}

function figure(value: number | undefined): string {
  if (value === undefined) return '-';
  return value < 100 ? value.toFixed(1) : value.toFixed(0);
}

function wholeOrDash(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(0);
}

function formatCost(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(1);
}

function truncate(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
