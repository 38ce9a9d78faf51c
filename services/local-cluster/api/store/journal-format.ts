import { ServiceError } from '#shared/http/service-error.js';
import type { KubeObject } from '../objects.js';
import type { StoredObject } from './stored-object.js';

/** One line of the log, and of the snapshot: what became of one object. */
export interface JournalRecord {
  resourceVersion: number;
  /** `pods`, `deployments.apps`. */
  resource: string;
  change: { object: KubeObject } | { deletedKey: string };
}

interface Line {
  rv: number;
  r: string;
  o?: KubeObject;
  d?: string;
}

const FORMAT = 'inferno-local-cluster/1';

/** A line that puts an object; its JSON is already there. */
export function objectLine(resource: string, stored: StoredObject): string {
  return `{"rv":${stored.resourceVersion},"r":${JSON.stringify(resource)},"o":${stored.json}}\n`;
}

export function deletionLine(resource: string, key: string, resourceVersion: number): string {
  return `${JSON.stringify({ rv: resourceVersion, r: resource, d: key } satisfies Line)}\n`;
}

/** The first line of a snapshot. */
export function snapshotHead(resourceVersion: number): string {
  return `${JSON.stringify({ format: FORMAT, rv: resourceVersion })}\n`;
}

/** The last line of a snapshot: how many objects it holds, so that half of one is not taken for the whole. */
export function snapshotEnd(count: number): string {
  return `${JSON.stringify({ end: count })}\n`;
}

/** @param path for the messages. @throws ServiceError UNAVAILABLE when the text is no whole snapshot */
export function readSnapshot(text: string, path: string): { records: JournalRecord[]; version: number } {
  const lines = text.trimEnd().split('\n');
  const header = parseLine(lines.shift() ?? '', `${path}:1`) as { format?: unknown; rv?: unknown };
  if (header.format !== FORMAT || typeof header.rv !== 'number') {
    throw damaged(`${path}: not a snapshot of this version`);
  }
  const trailer = parseLine(lines.pop() ?? '', `${path}: last line`) as { end?: unknown };
  if (trailer.end !== lines.length) throw damaged(`${path}: ${lines.length} objects, but its last line does not confirm them`);
  return { records: lines.map((line, index) => parseRecord(line, `${path}:${index + 2}`)), version: header.rv };
}

/** @param place file and line, for the messages. @throws ServiceError UNAVAILABLE when the text is no record */
export function parseRecord(text: string, place: string): JournalRecord {
  const line = parseLine(text, place) as Partial<Line>;
  if (typeof line.rv !== 'number' || typeof line.r !== 'string') throw damaged(`${place}: no record of a write`);
  if (line.o !== undefined) return { resourceVersion: line.rv, resource: line.r, change: { object: line.o } };
  if (line.d !== undefined) return { resourceVersion: line.rv, resource: line.r, change: { deletedKey: line.d } };
  throw damaged(`${place}: neither an object nor a deletion`);
}

function parseLine(text: string, place: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw damaged(`${place}: not JSON`, cause);
  }
}

function damaged(what: string, cause?: unknown): ServiceError {
  return new ServiceError('UNAVAILABLE', `${what}; the cluster cannot be read back, start with --fresh to begin anew`, { cause });
}
