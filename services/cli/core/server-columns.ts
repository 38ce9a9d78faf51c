import { GAP, type Style } from './painting.js';
import type { LatencyView, ServerView } from './view-state.js';

export interface Column {
  title: string;
  /** Where the full titles do not fit. */
  shortTitle?: string;
  /** The lowest goes first where the terminal is too narrow for all; undefined: stays. */
  dropOrder?: number;
  align: 'left' | 'right';
  cell: (server: ServerView) => string;
  style?: (server: ServerView) => Style | undefined;
}

/** The figures of a latency, in their order. */
const LATENCY_PARTS = 'meas pred ≤ SLO';

const allColumns: readonly Column[] = [
  { title: 'SERVER', align: 'left', cell: (server) => server.name, style: () => 'bold' },
  { title: 'CLASS', align: 'left', cell: (server) => server.class, dropOrder: 2 },
  { title: 'MODEL', align: 'left', cell: (server) => server.model, dropOrder: 3 },
  {
    title: 'REQ/MIN',
    align: 'right',
    dropOrder: 5,
    cell: formatRate,
    style: (server) => ('unknown' in server.load ? 'yellow' : undefined),
  },
  { title: 'TOKENS IN/OUT', align: 'right', cell: formatTokens, dropOrder: 1 },
  {
    title: 'ACCEL',
    align: 'left',
    cell: formatAccelerator,
    style: () => 'cyan',
  },
  {
    title: 'READY',
    align: 'right',
    cell: (server) => `${server.readyReplicas}/${server.desiredReplicas}`,
    style: (server) => (server.readyReplicas < server.desiredReplicas ? 'yellow' : undefined),
  },
  { title: 'BATCH', align: 'right', cell: (server) => String(server.maxBatch), dropOrder: 4 },
  {
    title: `ITL MS ${LATENCY_PARTS}`,
    shortTitle: 'ITL ms',
    align: 'right',
    cell: (server) => formatLatency(server.itl),
    style: (server) => latencyStyle(server.itl),
  },
  {
    title: `TTFT MS ${LATENCY_PARTS}`,
    shortTitle: 'TTFT ms',
    align: 'right',
    cell: (server) => formatLatency(server.ttft),
    style: (server) => latencyStyle(server.ttft),
  },
  { title: '¢/H', align: 'right', cell: (server) => formatCost(server.costCentsPerHour) },
];

const DROPPABLE = allColumns.filter(({ dropOrder }) => dropOrder !== undefined).length;

/** A column with its title as it is shown, and wide enough for every server's cell. */
export interface PlacedColumn extends Column {
  width: number;
}

/** The columns that fit `width`: first the titles get short, then whole columns go, as half a figure would mislead. */
export function columnsFor(servers: readonly ServerView[], width: number): PlacedColumn[] {
  const place = (column: Column, title: string): PlacedColumn => ({
    ...column,
    title,
    width: Math.max(title.length, ...servers.map((server) => column.cell(server).length)),
  });
  const full = allColumns.map((column) => place(column, column.title));
  if (totalWidth(full) <= width) return full;
  let shown = allColumns.map((column) => place(column, column.shortTitle ?? column.title));
  for (let dropped = 1; dropped <= DROPPABLE && totalWidth(shown) > width; dropped++)
    shown = shown.filter(({ dropOrder }) => dropOrder !== dropped);
  return shown;
}

function totalWidth(columns: readonly PlacedColumn[]): number {
  return columns.reduce((sum, column) => sum + column.width, (columns.length - 1) * GAP.length);
}

/** `2xAIU2→L4` while pods of the first still serve. */
export function formatAccelerator({ accelerator, leaving }: ServerView): string {
  const now = accelerator === '' ? '-' : accelerator;
  return leaving.length === 0 ? now : `${leaving.join('+')}→${now}`;
}

export function formatRate(server: ServerView): string {
  return 'unknown' in server.load ? 'unknown' : server.load.arrivalRatePerMin.toFixed(server.load.arrivalRatePerMin < 10 ? 1 : 0);
}

function formatTokens(server: ServerView): string {
  if ('unknown' in server.load) return '-';
  return `${wholeOrDash(server.load.avgInTokens)}/${wholeOrDash(server.load.avgOutTokens)}`;
}

export function formatLatency({ measuredMs, predictedMs, targetMs }: LatencyView): string {
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

export function formatCost(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(1);
}
