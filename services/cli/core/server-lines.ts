import { GAP, type Paint, paintCells, type Style, truncate } from './painting.js';
import { columnsFor, type PlacedColumn } from './server-columns.js';
import type { ServerView } from './view-state.js';

export interface Room {
  columns: number;
  /** Of the table with its title, and without the line above it. */
  rows: number;
  /** Rows that the servers themselves may take and the reasons of their decisions leave free. */
  spared: number;
}

const actionStyles: Readonly<Record<string, Style>> = { keep: 'dim', hold: 'yellow' };
const MOST_REASON_LINES = 2;

/**
 * The table: a line above it, its title, and a line per server with the reason of its decision below. Where the rows do not
 * suffice, second lines of reasons go first, then reasons, those of servers that stay as they are before others; then servers,
 * which are counted.
 */
export function serverLines(servers: readonly ServerView[], room: Room, paint: Paint): string[] {
  const width = room.columns;
  const columns = columnsFor(servers, width);
  const place = (text: string, column: PlacedColumn): string =>
    column.align === 'left' ? text.padEnd(column.width) : text.padStart(column.width);

  const left = Math.max(0, room.rows - 1);
  const shown = servers.length <= left ? servers : servers.slice(0, Math.max(0, left - 1));
  const hidden = servers.length - shown.length;
  const reasons = reasonsWithin(shown, width, hidden > 0 ? 0 : left - shown.length - room.spared);

  const lines = [legend(columns, width), columns.map((column) => place(column.title, column)).join(GAP)];
  const table = lines.map((line) => paint(truncate(line, width), 'dim'));
  for (const server of shown) {
    const cells = columns.map((column) => ({ text: place(column.cell(server), column), style: column.style?.(server) }));
    table.push(paintCells(cells, width, paint));
    table.push(...(reasons.get(server) ?? []).map((line) => paint(line, actionStyles[server.action] ?? 'green')));
  }
  if (hidden > 0) table.push(paint(truncate(`… and ${hidden} more ${hidden === 1 ? 'server' : 'servers'}`, width), 'yellow'));
  return table;
}

/** Names the three figures of a latency where the titles are too short for that, at the end of their columns. */
function legend(columns: readonly PlacedColumn[], width: number): string {
  const last = columns.findLastIndex(({ shortTitle, title }) => shortTitle === title);
  if (last < 0) return '';
  const end = columns.slice(0, last + 1).reduce((sum, column) => sum + column.width, last * GAP.length);
  return `ITL and TTFT: measured predicted ≤ SLO`.padStart(Math.min(end, width));
}

function reasonsWithin(servers: readonly ServerView[], width: number, rows: number): Map<ServerView, string[]> {
  const byInterest = [...servers].sort((a, b) => Number(a.action === 'keep') - Number(b.action === 'keep'));
  const reasons = new Map<ServerView, string[]>();
  let left = rows;
  for (let most = 1; most <= MOST_REASON_LINES; most++) {
    for (const server of byInterest) {
      if (left <= 0) return reasons;
      const lines = reasonLines(`${server.action}: ${server.reason}`, width, most);
      left -= lines.length - (reasons.get(server)?.length ?? 0);
      reasons.set(server, lines);
    }
  }
  return reasons;
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
