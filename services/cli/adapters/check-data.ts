import { readFolder } from '#shared/config/folders.js';
import { ContractError } from '#shared/contracts/contract-error.js';
import { inFolder, loadDataFiles } from '#shared/contracts/load-data-files.js';
import { onlyForPlans } from '#shared/contracts/only-for-plans.js';
import { checkReferences } from '#shared/contracts/references.js';
import { settings } from '../config.js';

const files = ['acceleratorData', 'capacityData', 'modelData', 'serviceClassData', 'optimizerData'] as const;

/** @throws ContractError for data files that the services would refuse, each in its own log */
export async function checkData(folder: string): Promise<void> {
  await readFolder(settings.dataPath, folder);
  const { value } = await loadDataFiles(folder, files);
  const issues = [...checkReferences(value), ...onlyForPlans(value)];
  if (issues.length > 0) throw new ContractError(inFolder(folder, issues));
}
