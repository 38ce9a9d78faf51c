import { realClock } from '#shared/clock/real-clock.js';
import { runService } from '#shared/http/run-service.js';
import { createLiveView, createPlainView } from './adapters/terminal-view.js';
import { readConfig } from './config.js';
import { start } from './start.js';

const [command = '', ...args] = process.argv.slice(2);

if (command !== 'start') {
  console.error(
    `usage: inferno start [--fresh] [--emulator=false] [--view live|plain] [--workload DIR] [--data-dir DIR]\nunknown command "${command}"`,
  );
  process.exit(2);
}

await runService(() => {
  const config = readConfig(process.env, args);
  const live = config.view === 'live' || (config.view === 'auto' && process.stdout.isTTY);
  const colours = process.env['NO_COLOR'] === undefined;
  const view = live ? createLiveView(process.stdout, colours) : createPlainView((line) => console.log(line));
  return start({ config, env: process.env, clock: realClock, view });
});
