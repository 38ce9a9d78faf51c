import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { ContractError, type ContractIssue } from './contract-error.js';
import { parseContractText, type Parsed } from './parse-contract.js';
import {
  acceleratorDataSchema,
  capacityDataSchema,
  modelDataSchema,
  optimizerDataSchema,
  serverDataSchema,
  serviceClassDataSchema,
} from './system-data.js';

const dataFiles = {
  acceleratorData: { file: 'accelerator-data.json', schema: acceleratorDataSchema },
  capacityData: { file: 'capacity-data.json', schema: capacityDataSchema },
  modelData: { file: 'model-data.json', schema: modelDataSchema },
  serviceClassData: { file: 'serviceclass-data.json', schema: serviceClassDataSchema },
  optimizerData: { file: 'optimizer-data.json', schema: optimizerDataSchema },
  serverData: { file: 'server-data.json', schema: serverDataSchema },
} as const;

type DataName = keyof typeof dataFiles;
type DataOf<N extends DataName> = { [K in N]: z.output<(typeof dataFiles)[K]['schema']> };

/**
 * Reads the named data files of a folder (with or without a slash at its end).
 * @throws ContractError with the issues of all of them: missing, empty, not JSON, wrong type or range, duplicate
 */
export async function loadDataFiles<N extends DataName>(folder: string, names: readonly N[]): Promise<Parsed<DataOf<N>>> {
  const issues: ContractIssue[] = [];
  const warnings: string[] = [];
  const value: Partial<Record<DataName, unknown>> = {};
  for (const name of names) {
    const { schema } = dataFiles[name];
    const path = dataFileIn(folder, name);
    try {
      const parsed = parseContractText<z.ZodType>(schema, await readText(path), path);
      value[name] = parsed.value;
      warnings.push(...parsed.warnings);
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      issues.push(...error.issues);
    }
  }
  if (issues.length > 0) throw new ContractError(issues);
  return { value: value as DataOf<N>, warnings };
}

export function dataFileIn(folder: string, name: DataName): string {
  return join(folder, dataFiles[name].file);
}

/** Issues that name files, as files of a folder: what else is wrong with them is told by their paths. */
export function inFolder(folder: string, issues: readonly ContractIssue[]): ContractIssue[] {
  return issues.map((issue) => ({ ...issue, source: join(folder, issue.source) }));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'error';
    const message = code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`;
    throw new ContractError([{ source: path, path: '', value: '', message }], { cause });
  }
}
