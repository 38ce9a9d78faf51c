import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
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

export interface JournalContent {
  /** The state at `snapshotVersion`, one record per object. */
  snapshot: JournalRecord[];
  snapshotVersion: number;
  /** The writes since then, oldest first. */
  log: JournalRecord[];
}

interface Line {
  rv: number;
  r: string;
  o?: KubeObject;
  d?: string;
}

const FORMAT = 'inferno-local-cluster/1';
const SMALLEST_LOG_TO_COMPACT = 4 * 1024 * 1024;

/**
 * The cluster on disk: one snapshot and the log of the writes after it. A write is in the operating system's hands before it is
 * answered, so a killed process loses nothing; it is not forced to the disk, so a machine that loses power may lose the last
 * moments. A half-written last line is dropped, any other damage is an error.
 */
export class Journal {
  readonly #snapshotPath: string;
  readonly #logPath: string;
  #log: number;
  #logBytes = 0;
  #compactAtBytes = SMALLEST_LOG_TO_COMPACT;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#snapshotPath = join(folder, 'snapshot.jsonl');
    this.#logPath = join(folder, 'log.jsonl');
    this.#log = openSync(this.#logPath, 'a', 0o600);
  }

  /** Forgets everything. */
  clear(): void {
    rmSync(this.#snapshotPath, { force: true });
    this.#startNewLog();
  }

  /** @throws ServiceError UNAVAILABLE naming file and line when the content is damaged */
  read(): JournalContent {
    const { records, version } = readSnapshot(this.#snapshotPath);
    const log = this.#readLog().filter((record) => record.resourceVersion > version);
    this.#setThreshold();
    return { snapshot: records, snapshotVersion: version, log };
  }

  appendPut(resource: string, stored: StoredObject): void {
    this.#append(`{"rv":${stored.resourceVersion},"r":${JSON.stringify(resource)},"o":${stored.json}}\n`);
  }

  appendDelete(resource: string, key: string, resourceVersion: number): void {
    this.#append(`${JSON.stringify({ rv: resourceVersion, r: resource, d: key } satisfies Line)}\n`);
  }

  get isCompactionDue(): boolean {
    return this.#logBytes > this.#compactAtBytes;
  }

  /** Replaces the snapshot in one rename, then empties the log; killed in between, the log's old records are skipped by version. */
  compact(resourceVersion: number, objects: Iterable<{ resource: string; stored: StoredObject }>): void {
    const temporary = `${this.#snapshotPath}.tmp`;
    const file = openSync(temporary, 'w', 0o600);
    let count = 0;
    let chunk = `${JSON.stringify({ format: FORMAT, rv: resourceVersion })}\n`;
    for (const { resource, stored } of objects) {
      chunk += `{"rv":${stored.resourceVersion},"r":${JSON.stringify(resource)},"o":${stored.json}}\n`;
      count += 1;
      if (chunk.length < 1024 * 1024) continue;
      writeSync(file, chunk);
      chunk = '';
    }
    writeSync(file, `${chunk}${JSON.stringify({ end: count })}\n`);
    fsyncSync(file);
    closeSync(file);
    renameSync(temporary, this.#snapshotPath);
    this.#startNewLog();
    this.#setThreshold();
  }

  close(): void {
    closeSync(this.#log);
  }

  #append(line: string): void {
    const bytes = Buffer.from(line);
    let written = 0;
    while (written < bytes.length) written += writeSync(this.#log, bytes, written);
    this.#logBytes += bytes.length;
  }

  #readLog(): JournalRecord[] {
    const text = readFileSync(this.#logPath, 'utf8');
    const lines = text.split('\n');
    const torn = lines.pop() ?? '';
    const records = lines.map((line, index) => parseRecord(line, `${this.#logPath}:${index + 1}`));
    if (torn !== '') truncateSync(this.#logPath, Buffer.byteLength(text) - Buffer.byteLength(torn));
    this.#logBytes = Buffer.byteLength(text) - Buffer.byteLength(torn);
    return records;
  }

  #startNewLog(): void {
    closeSync(this.#log);
    this.#log = openSync(this.#logPath, 'w', 0o600);
    closeSync(this.#log);
    this.#log = openSync(this.#logPath, 'a', 0o600);
    this.#logBytes = 0;
  }

  // A log twice the size of the snapshot: each byte of state is then rewritten at most once per two bytes of writes.
  #setThreshold(): void {
    const snapshotBytes = existsSync(this.#snapshotPath) ? statSync(this.#snapshotPath).size : 0;
    this.#compactAtBytes = Math.max(SMALLEST_LOG_TO_COMPACT, 2 * snapshotBytes);
  }
}

function readSnapshot(path: string): { records: JournalRecord[]; version: number } {
  if (!existsSync(path)) return { records: [], version: 0 };
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const header = parseLine(lines.shift() ?? '', `${path}:1`) as { format?: unknown; rv?: unknown };
  if (header.format !== FORMAT || typeof header.rv !== 'number') {
    throw damaged(`${path}: not a snapshot of this version`);
  }
  const trailer = parseLine(lines.pop() ?? '', `${path}: last line`) as { end?: unknown };
  if (trailer.end !== lines.length) throw damaged(`${path}: ${lines.length} objects, but its last line does not confirm them`);
  return { records: lines.map((line, index) => parseRecord(line, `${path}:${index + 2}`)), version: header.rv };
}

function parseRecord(text: string, place: string): JournalRecord {
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
