import { appendFile } from 'node:fs/promises';
import { ServiceError } from '#shared/http/service-error.js';
import { errorText } from '#shared/observe/logger.js';
import type { CycleLog } from '../ports.js';

/**
 * JSON lines, one record a cycle, appended. A record is written in one piece, so that a reader never sees half of two.
 * @param path empty: no log
 * @throws ServiceError when the file cannot be written, naming the variable
 */
export async function openCycleLog(path: string): Promise<CycleLog> {
  if (path === '') return { append: () => Promise.resolve() };
  try {
    await appendFile(path, '');
  } catch (cause) {
    throw new ServiceError('UNAVAILABLE', `INFERNO_CYCLE_LOG: ${path}: cannot be written (${errorText(cause)})`, { cause });
  }
  return { append: (record) => appendFile(path, `${JSON.stringify(record)}\n`) };
}
