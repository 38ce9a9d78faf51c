import type { ScheduleEntry } from '#shared/contracts/loop.js';
import { boundsOf } from '../core/scheduled-bounds.js';
import type { Timetable } from '../cycle/ticker.js';
import type { ResolveBounds } from '../ports.js';
import { cronTimetable } from './cron-timetable.js';

/** Expressions are few and asked for in every cycle: what comes next is looked for again only when it has passed. */
export function createBoundsResolver(): ResolveBounds {
  let nexts = new Map<string, (nowMs: number) => number>();

  return (status, nowMs) => {
    const used = new Map<string, (nowMs: number) => number>();
    const next = (expression: string, timeZone: string): number => {
      const key = JSON.stringify([expression, timeZone]);
      const look = nexts.get(key) ?? used.get(key) ?? remembering(cronTimetable(expression, timeZone));
      used.set(key, look);
      return look(nowMs);
    };
    // Between a start and its end the next end comes before the next start.
    const isActive = ({ start, end, timeZone }: ScheduleEntry): boolean => next(end, timeZone) < next(start, timeZone);
    const bounds = Object.entries(status).flatMap(([server, { schedule }]) => {
      const found = boundsOf(schedule.filter(isActive));
      return found === undefined ? [] : [[server, found] as const];
    });
    nexts = used;
    return new Map(bounds);
  };
}

/** The first time after now; Infinity: there is none. */
function remembering(timetable: Timetable): (nowMs: number) => number {
  let askedMs = Infinity;
  let nextMs = -Infinity;
  return (nowMs) => {
    if (nowMs < askedMs || nowMs >= nextMs) {
      askedMs = nowMs;
      nextMs = timetable(nowMs) ?? Infinity;
    }
    return nextMs;
  };
}
