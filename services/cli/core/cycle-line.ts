import { type Paint, paintCells, type Style } from './painting.js';
import { pausedText } from './pause-view.js';
import { formatCost } from './server-columns.js';
import type { CycleView, ViewState } from './view-state.js';

/** What is paused and who is silent, as nothing below can be read without that; then the last cycle. */
export function statusLine({ paused, silences, cycle, nowMs }: ViewState, width: number, paint: Paint): string {
  const pause = paused === undefined ? undefined : pausedText(paused);
  const cells: { text: string; style: Style | undefined }[] = [
    ...(pause === undefined ? [] : [{ text: pause, style: 'yellow' as const }]),
    ...silences.map((text) => ({ text, style: 'red' as const })),
    { text: cycleLine(cycle, nowMs), style: cycle?.outcome === 'aborted' ? 'red' : undefined },
  ];
  return paintCells(cells, width, paint);
}

export function cycleLine(cycle: CycleView | undefined, nowMs: number): string {
  if (cycle === undefined) return 'waiting for the first cycle';
  const reason = cycle.reason === undefined ? '' : ` (${cycle.reason})`;
  const cost = cycle.costCentsPerHour === undefined ? '' : ` · ${formatCost(cycle.costCentsPerHour)} ¢/h in all`;
  return `cycle ${cycle.id} ${cycle.outcome}${reason} in ${Math.round(cycle.durationMs)} ms${cost}${nextText(cycle.next, nowMs)}`;
}

function nextText(next: CycleView['next'], nowMs: number): string {
  if (next === 'not known') return '';
  return ` · next ${next === 'on demand' ? next : `in ${Math.max(0, Math.ceil((next.atMs - nowMs) / 1000))} s`}`;
}
