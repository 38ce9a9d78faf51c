import { mkdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { ContractError } from '#shared/contracts/contract-error.js';
import type { Setting } from './settings.js';

type Origin = Pick<Setting<unknown>, 'variable' | 'argument'>;

/**
 * Makes the folder that a setting names where it is not there, for its owner alone.
 * @throws ContractError naming the setting
 */
export function makeFolder(setting: Origin, path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unusable(setting, path, 'cannot be made', cause);
  }
}

/**
 * The names in the folder that a setting names.
 * @throws ContractError naming the setting
 */
export async function readFolder(setting: Origin, path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (cause) {
    throw unusable(setting, path, 'cannot be read', cause);
  }
}

const messages: Readonly<Record<string, string>> = {
  ENOENT: 'no such folder',
  ENOTDIR: 'is no folder, or lies in none',
  EEXIST: 'is no folder',
};

function unusable({ variable, argument }: Origin, path: string, otherwise: string, cause: unknown): ContractError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'error';
  const name = typeof argument === 'string' ? `${argument} (${variable})` : variable;
  const message = messages[code] ?? `${otherwise} (${code})`;
  return new ContractError([{ source: 'settings', path: name, value: JSON.stringify(path), message }], { cause });
}
