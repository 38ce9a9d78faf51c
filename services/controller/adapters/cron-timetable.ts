import { createTask, parse, validate } from 'node-cron';
import type { Timetable } from '../cycle/ticker.js';
import { localWallClock, wallClockIn } from './wall-clock.js';

export function isCronExpression(text: string): boolean {
  return validate(text);
}

/** The day of a leap year, 29 February, may be eight years off (1896 to 1904, 2096 to 2104). */
const LONGEST_LOOK_DAYS = 8 * 366;

/**
 * The times of a cron expression in the machine's time zone, or another one. node-cron reads and matches the expression; its own timers stay unused,
 * so that the controller's clock alone drives the cycles.
 */
export function cronTimetable(expression: string, timeZone?: string): Timetable {
  const wall = timeZone === undefined ? localWallClock : wallClockIn(timeZone);
  const fields = parse(expression);
  const [hours, minutes, seconds] = [fields.hour, fields.minute, fields.second].map((values) =>
    [...values].sort((a, b) => a - b),
  );
  const task = createTask(expression, () => undefined, timeZone === undefined ? {} : { timezone: timeZone });
  const matches = (at: Date): boolean => task.match(at);

  return (afterMs) => {
    const { year, month, day: firstDay } = wall.dateOf(afterMs);
    for (let day = 0; day <= LONGEST_LOOK_DAYS; day++) {
      const timeOfDay = (hour: number, minute: number, second: number): Date =>
        wall.at(year, month, firstDay + day, hour, minute, second);
      const isDay = hours?.some((hour) => matches(timeOfDay(hour, minutes?.[0] ?? 0, seconds?.[0] ?? 0)));
      if (isDay !== true) continue;
      const next = firstOfDay(timeOfDay);
      if (next !== undefined) return next;
    }
    return null;

    function firstOfDay(timeOfDay: (hour: number, minute: number, second: number) => Date): number | undefined {
      for (const hour of hours ?? []) {
        if (timeOfDay(hour, 59, 59).getTime() <= afterMs) continue;
        for (const minute of minutes ?? []) {
          if (timeOfDay(hour, minute, 59).getTime() <= afterMs) continue;
          const second = (seconds ?? []).find((value) => {
            const at = timeOfDay(hour, minute, value);
            return at.getTime() > afterMs && matches(at);
          });
          if (second !== undefined) return timeOfDay(hour, minute, second).getTime();
        }
      }
      return undefined;
    }
  };
}
