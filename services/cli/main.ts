import { realClock } from '#shared/clock/real-clock.js';
import { runService } from '#shared/http/run-service.js';
import { createLiveView, createPlainView } from './adapters/terminal-view.js';
import { readConfig } from './config.js';
import { start } from './start.js';

const USAGE = `usage:
  inferno start [--fresh] [--emulator=false] [--view live|plain] [--workload DIR] [--data-dir DIR]
  inferno settings [--write FILE]    the settings of all services as a table`;

const [command = '', ...args] = process.argv.slice(2);

switch (command) {
  case 'start':
    await runService(() => {
      const config = readConfig(process.env, args);
      const live = config.view === 'live' || (config.view === 'auto' && process.stdout.isTTY);
      const colours = process.env['NO_COLOR'] === undefined;
      const view = live ? createLiveView(process.stdout, colours) : createPlainView((line) => console.log(line));
      return start({ config, env: process.env, clock: realClock, view });
    });
    break;
  case 'settings': {
    // Loads the config of every service, which `start` has no need of.
    const { allSettings, writeSettings } = await import('./settings.js');
    const [flag, file] = args;
    if (flag === '--write' && file !== undefined) await writeSettings(file);
    else console.log(allSettings());
    break;
  }
  default:
    console.error(`${USAGE}\nunknown command "${command}"`);
    process.exitCode = 2;
}
