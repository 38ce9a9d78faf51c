import { ServiceError } from '#shared/http/service-error.js';
import type { LogLine } from './container-log.js';

/** What `kubectl logs` may ask for, as query parameters of `/containerLogs`. */
export interface LogQuery {
  follow: boolean;
  previous: boolean;
  timestamps: boolean;
  tailLines: number | undefined;
  limitBytes: number | undefined;
  /** Lines from this time on. */
  sinceMs: number | undefined;
}

/** @throws ServiceError BAD_REQUEST naming the parameter, its value and its range */
export function parseLogQuery(query: Readonly<Record<string, unknown>>, nowMs: number): LogQuery {
  const sinceSeconds = count(query, 'sinceSeconds', 1);
  const sinceTime = text(query, 'sinceTime');
  const sinceTimeMs = sinceTime === undefined ? undefined : Date.parse(sinceTime);
  if (Number.isNaN(sinceTimeMs)) throw badRequest('sinceTime', sinceTime ?? '', 'a time as in RFC 3339');
  if (sinceSeconds !== undefined && sinceTimeMs !== undefined)
    throw new ServiceError('BAD_REQUEST', 'at most one of sinceSeconds and sinceTime may be given');
  return {
    follow: flag(query, 'follow'),
    previous: flag(query, 'previous'),
    timestamps: flag(query, 'timestamps'),
    tailLines: count(query, 'tailLines', 0),
    limitBytes: count(query, 'limitBytes', 1),
    sinceMs: sinceSeconds === undefined ? sinceTimeMs : nowMs - sinceSeconds * 1000,
  };
}

/** The lines that the query asks for of those that are there already. */
export function selectLines(lines: readonly LogLine[], { sinceMs, tailLines }: LogQuery): readonly LogLine[] {
  const since = sinceMs === undefined ? lines : lines.filter(({ atMs }) => atMs >= sinceMs);
  if (tailLines === undefined) return since;
  return tailLines === 0 ? [] : since.slice(-tailLines);
}

export function formatLine({ atMs, text: line }: LogLine, timestamps: boolean): string {
  return timestamps ? `${new Date(atMs).toISOString()} ${line}\n` : `${line}\n`;
}

function text(query: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = query[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function flag(query: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = text(query, name);
  if (value === undefined || value === 'false' || value === '0') return false;
  if (value === 'true' || value === '1') return true;
  throw badRequest(name, value, 'true or false');
}

function count(query: Readonly<Record<string, unknown>>, name: string, least: number): number | undefined {
  const value = text(query, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < least) throw badRequest(name, value, `an integer of at least ${least}`);
  return number;
}

function badRequest(name: string, value: string, range: string): ServiceError {
  return new ServiceError('BAD_REQUEST', `${name}: ${JSON.stringify(value)}: must be ${range}`);
}
