import { readSettings, type Setting } from '#shared/config/settings.js';
import { ContractError, formatIssue } from '#shared/contracts/contract-error.js';
import { settings as actuator } from '../actuator/config.js';
import { settings as collector } from '../collector/config.js';
import { settings as controller } from '../controller/config.js';
import { settings as loadEmulator } from '../load-emulator/config.js';
import { settings as optimizer } from '../optimizer/config.js';

/** What each service of the loop reads; the embedded cluster is none of them. */
export const serviceSettings: Readonly<Record<string, Record<string, Setting<unknown>>>> = {
  controller,
  collector,
  optimizer,
  actuator,
  'load-emulator': loadEmulator,
};

/** @throws ContractError with everything in the environment that a service of the loop would refuse, once */
export function checkServiceSettings(env: Readonly<Record<string, string | undefined>>): void {
  const issues = Object.values(serviceSettings).flatMap((settings) => issuesOf(settings, env));
  if (issues.length > 0) throw new ContractError([...new Map(issues.map((issue) => [formatIssue(issue), issue])).values()]);
}

function issuesOf(settings: Record<string, Setting<unknown>>, env: Readonly<Record<string, string | undefined>>) {
  try {
    readSettings(settings, env);
  } catch (error) {
    if (error instanceof ContractError) return error.issues;
    throw error;
  }
  return [];
}
