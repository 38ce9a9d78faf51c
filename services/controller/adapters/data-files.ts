import { ContractError } from '#shared/contracts/contract-error.js';
import { dataFileIn, inFolder, loadDataFiles } from '#shared/contracts/load-data-files.js';
import { onlyForPlans } from '#shared/contracts/only-for-plans.js';
import { capacityWarnings, checkReferences } from '#shared/contracts/references.js';
import type { CapacityData } from '#shared/contracts/system-data.js';
import type { Logger } from '#shared/observe/logger.js';
import type { ControllerData } from '../core/facts.js';
import type { DataSource } from '../ports.js';

type StaticFiles = Omit<ControllerData, 'capacityData'>;

export interface DataFilesOptions {
  folder: string;
  /** Read the static files anew in every cycle; the capacity is read anew in any case. */
  dynamic: boolean;
  logger: Logger;
}

/**
 * The data files of a folder, read once now.
 * @throws ContractError with every issue of every file: file, path, value and range
 */
export async function openDataFiles({ folder, dynamic, logger }: DataFilesOptions): Promise<DataSource> {
  const report = reporter(logger);
  const capacityFile = dataFileIn(folder, 'capacityData');
  let [staticFiles, capacityData] = await loadBoth();
  report([...staticFiles.warnings, ...capacityData.warnings, ...capacityWarnings(current(), capacityFile)]);

  return {
    read: async () => {
      const staticOutcome = dynamic ? await orIssues(readStatic(folder)) : undefined;
      const capacityOutcome = await orIssues(readCapacity(folder));
      if (staticOutcome !== undefined && !Array.isArray(staticOutcome)) staticFiles = staticOutcome;
      if (!Array.isArray(capacityOutcome)) capacityData = capacityOutcome;
      const broken = [staticOutcome, capacityOutcome].filter((outcome) => Array.isArray(outcome)).flat();
      report([...staticFiles.warnings, ...capacityData.warnings, ...capacityWarnings(current(), capacityFile)]);
      return { data: current(), warnings: broken.map((issue) => `${issue} (the last good data stay in force)`) };
    },
  };

  function current(): ControllerData {
    return { ...staticFiles.value, ...capacityData.value };
  }

  async function loadBoth(): Promise<[Loaded<StaticFiles>, Loaded<{ capacityData: CapacityData }>]> {
    const outcomes = await Promise.allSettled([readStatic(folder), readCapacity(folder)]);
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    const contract = failures.filter((failure) => failure instanceof ContractError);
    if (contract.length > 0) throw new ContractError(contract.flatMap((failure) => failure.issues));
    const [files, capacity] = outcomes;
    if (files.status === 'rejected') throw files.reason;
    if (capacity.status === 'rejected') throw capacity.reason;
    return [files.value, capacity.value];
  }
}

interface Loaded<T> {
  value: T;
  warnings: readonly string[];
}

async function readStatic(folder: string): Promise<Loaded<StaticFiles>> {
  const loaded = await loadDataFiles(folder, ['acceleratorData', 'modelData', 'serviceClassData', 'optimizerData']);
  const issues = [...checkReferences(loaded.value), ...onlyForPlans(loaded.value)];
  if (issues.length > 0) throw new ContractError(inFolder(folder, issues));
  return loaded;
}

function readCapacity(folder: string): Promise<Loaded<{ capacityData: CapacityData }>> {
  return loadDataFiles(folder, ['capacityData']);
}

/** The issues as lines, where it is the files that are at fault. */
async function orIssues<T>(reading: Promise<T>): Promise<T | string[]> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ContractError) return error.message.split('\n');
    throw error;
  }
}

/** Says each warning once, not in every cycle. */
function reporter(logger: Logger): (warnings: readonly string[]) => void {
  let said = new Set<string>();
  return (warnings) => {
    for (const warning of warnings) if (!said.has(warning)) logger.warn(warning);
    said = new Set(warnings);
  };
}
