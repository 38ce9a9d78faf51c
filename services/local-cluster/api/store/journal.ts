import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
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
import {
  deletionLine,
  objectLine,
  parseRecord,
  readSnapshot,
  snapshotEnd,
  snapshotHead,
  type JournalRecord,
} from './journal-format.js';
import type { StoredObject } from './stored-object.js';

export interface JournalContent {
  /** The state at `snapshotVersion`, one record per object. */
  snapshot: JournalRecord[];
  snapshotVersion: number;
  /** The writes since then, oldest first. */
  log: JournalRecord[];
}

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
    const { records, version } = existsSync(this.#snapshotPath)
      ? readSnapshot(readFileSync(this.#snapshotPath, 'utf8'), this.#snapshotPath)
      : { records: [], version: 0 };
    const log = this.#readLog().filter((record) => record.resourceVersion > version);
    this.#setThreshold();
    return { snapshot: records, snapshotVersion: version, log };
  }

  appendPut(resource: string, stored: StoredObject): void {
    this.#append(objectLine(resource, stored));
  }

  appendDelete(resource: string, key: string, resourceVersion: number): void {
    this.#append(deletionLine(resource, key, resourceVersion));
  }

  get isCompactionDue(): boolean {
    return this.#logBytes > this.#compactAtBytes;
  }

  /** Replaces the snapshot in one rename, then empties the log; killed in between, the log's old records are skipped by version. */
  compact(resourceVersion: number, objects: Iterable<{ resource: string; stored: StoredObject }>): void {
    const temporary = `${this.#snapshotPath}.tmp`;
    const file = openSync(temporary, 'w', 0o600);
    let count = 0;
    let chunk = snapshotHead(resourceVersion);
    for (const { resource, stored } of objects) {
      chunk += objectLine(resource, stored);
      count += 1;
      if (chunk.length < 1024 * 1024) continue;
      writeSync(file, chunk);
      chunk = '';
    }
    writeSync(file, chunk + snapshotEnd(count));
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
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(this.#log, bytes, written);
    } catch (error) {
      // A full disk: half a line in the middle would make the log unreadable.
      ftruncateSync(this.#log, this.#logBytes);
      throw error;
    }
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
