import { readFile, writeFile } from 'node:fs/promises';
import { settings as actuator } from '../actuator/config.js';
import { settings as collector } from '../collector/config.js';
import { settings as controller } from '../controller/config.js';
import { settings as loadEmulator } from '../load-emulator/config.js';
import { settings as localCluster } from '../local-cluster/config.js';
import { settings as optimizer } from '../optimizer/config.js';
import { settings as start } from './config.js';
import { demonstration } from './core/demonstration.js';
import { replaceSettingsTable, settingsTable } from './core/settings-table.js';

/** Every setting of every service, as a Markdown table. */
export function allSettings(): string {
  const services = {
    controller,
    collector,
    optimizer,
    actuator,
    'load-emulator': loadEmulator,
    'local-cluster': localCluster,
    'npm start': start,
  };
  return settingsTable(services, demonstration(start.localClusterDir.default));
}

/** Puts the table between its markers in a text file. */
export async function writeSettings(file: string): Promise<void> {
  await writeFile(file, replaceSettingsTable(await readFile(file, 'utf8'), allSettings()));
}
