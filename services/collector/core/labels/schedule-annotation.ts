import { parse } from 'yaml';
import { scheduleEntrySchema, type ScheduleEntry } from '#shared/contracts/loop.js';
import { parseContract } from '#shared/contracts/parse-contract.js';
import { annotations } from '#shared/kube/names.js';
import type { ObjectMeta } from '#shared/kube/wire.js';
import type { LabelProblem } from './number-value.js';

/** Whether a text is a cron expression. */
export type IsCron = (text: string) => boolean;

/** The entries of the schedule that can be read; each of the others is a problem that says what is wrong with it. */
export function readSchedule(
  metadata: ObjectMeta | undefined,
  isCron: IsCron,
): { schedule: ScheduleEntry[]; problems: LabelProblem[] } {
  const key = annotations.schedule;
  const text = metadata?.annotations?.[key];
  if (text === undefined || text.trim() === '') return { schedule: [], problems: [] };
  let entries: unknown;
  try {
    entries = parse(text);
  } catch (error) {
    return { schedule: [], problems: [problem(`annotation ${key}: is neither YAML nor JSON: ${firstLine(error)}`)] };
  }
  if (!Array.isArray(entries)) return { schedule: [], problems: [problem(`annotation ${key}: must be a list`)] };

  const schedule: ScheduleEntry[] = [];
  const problems: LabelProblem[] = [];
  entries.forEach((entry: unknown, index) => {
    const source = `annotation ${key}: [${index}]`;
    try {
      const { value, warnings } = parseContract(scheduleEntrySchema, entry, source);
      const issues = issuesOf(value, source, isCron);
      problems.push(...[...warnings, ...issues].map(problem));
      if (issues.length === 0) schedule.push(value);
    } catch (error) {
      problems.push(problem(error instanceof Error ? error.message : String(error)));
    }
  });
  return { schedule, problems };
}

function issuesOf({ start, end, timeZone }: ScheduleEntry, source: string, isCron: IsCron): string[] {
  const bad = (name: string, value: string, wanted: string): string => `${source}: ${name}: ${JSON.stringify(value)}: ${wanted}`;
  const wanted = 'must be a cron expression of five or six fields';
  return [
    ...(isCron(start) ? [] : [bad('start', start, wanted)]),
    ...(isCron(end) ? [] : [bad('end', end, wanted)]),
    ...(isTimeZone(timeZone) ? [] : [bad('timeZone', timeZone, 'must be an IANA time zone, as Europe/Berlin')]),
  ];
}

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone });
    return true;
  } catch {
    return false;
  }
}

function problem(reason: string): LabelProblem {
  return { code: 'bad-annotation', reason };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
