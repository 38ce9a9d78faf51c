import { readFile, writeFile } from 'node:fs/promises';
import { settings as localCluster } from '../local-cluster/config.js';
import { settings as start } from './config.js';
import { demonstration } from './core/demonstration.js';
import { replaceSettingsTable, settingsTable } from './core/settings-table.js';
import { serviceSettings } from './service-settings.js';

/** Every setting of every service, as a Markdown table. */
export function allSettings(): string {
  const services = { ...serviceSettings, 'local-cluster': localCluster, 'npm start': start };
  return settingsTable(services, demonstration(start.localClusterDir.default));
}

/** Puts the table between its markers in a text file. */
export async function writeSettings(file: string): Promise<void> {
  await writeFile(file, replaceSettingsTable(await readFile(file, 'utf8'), allSettings()));
}
