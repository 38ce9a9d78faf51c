import type { ViewState } from './view-state.js';

type Paused = NonNullable<ViewState['paused']>;

const NOTHING: Paused = { all: false, servers: [] };
/** Paused servers named before the rest is counted. */
const NAMED = 4;

/** What is paused, in words; undefined where nothing is. */
export function pausedText({ all, servers }: Paused): string | undefined {
  if (all) return 'PAUSED all servers';
  return servers.length === 0 ? undefined : `PAUSED ${namesOf(servers)}`;
}

/** What was paused and what goes on again between two looks, a line each; a server by name also while all are paused. */
export function pauseChanges(after: Paused, before: Paused = NOTHING): string[] {
  const paused = after.servers.filter((name) => !before.servers.includes(name));
  const resumed = before.servers.filter((name) => !after.servers.includes(name));
  const lines: string[] = [];
  if (after.all && !before.all) lines.push('PAUSED all servers');
  if (before.all && !after.all) lines.push('RESUMED all servers');
  if (paused.length > 0) lines.push(`PAUSED ${namesOf(paused)}`);
  if (resumed.length > 0) lines.push(`RESUMED ${namesOf(resumed)}`);
  // Else the line above would promise too much.
  const still = after.servers.filter((name) => before.servers.includes(name));
  if (before.all && !after.all && still.length > 0) lines.push(`still PAUSED ${namesOf(still)}`);
  return lines;
}

function namesOf(servers: readonly string[]): string {
  const more = servers.length - NAMED;
  return `${servers.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
