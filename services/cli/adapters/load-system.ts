import { readFolder } from '#shared/config/folders.js';
import { ContractError } from '#shared/contracts/contract-error.js';
import { inFolder, loadDataFiles } from '#shared/contracts/load-data-files.js';
import type { Parsed } from '#shared/contracts/parse-contract.js';
import { checkReferences } from '#shared/contracts/references.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';

const files = ['acceleratorData', 'capacityData', 'modelData', 'serviceClassData', 'serverData', 'optimizerData'] as const;

/**
 * A whole problem from its six data files.
 * @throws ContractError naming file, path, value and range of everything that is wrong
 */
export async function loadSystem(folder: string): Promise<Parsed<SystemSpec>> {
  await readFolder({ variable: 'DATA-DIR' }, folder);
  const parsed = await loadDataFiles(folder, files);
  const issues = checkReferences(parsed.value);
  if (issues.length > 0) throw new ContractError(inFolder(folder, issues));
  return parsed;
}
