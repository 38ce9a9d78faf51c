import winston from 'winston';

export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export interface LoggerOptions {
  service: string;
  level: string;
  format: 'text' | 'json';
}

/** Log lines on standard error, so that standard output stays free for what a command answers. */
export function createLogger({ service, level, format }: LoggerOptions): Logger {
  const { combine, timestamp, printf, json } = winston.format;
  const text = printf(({ timestamp: at, level: severity, service: from, message, ...fields }) => {
    const numbers = Object.entries(fields)
      .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
      .join('');
    return `${String(at)} ${severity.toUpperCase().padEnd(5)} ${String(from)}: ${String(message)}${numbers}`;
  });
  return winston.createLogger({
    level,
    defaultMeta: { service },
    format: combine(timestamp(), format === 'json' ? json() : text),
    transports: [new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
  });
}

/** For tests, and for callers that want no log. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** An error's message with those of its causes. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `: ${errorText(error.cause)}`;
  const message =
    error.message === '' && error instanceof AggregateError ? error.errors.map(errorText).join('; ') : error.message;
  return `${message === '' ? error.name : message}${cause}`;
}
