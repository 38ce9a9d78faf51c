import { realClock } from '#shared/clock/real-clock.js';
import { runService } from '#shared/http/run-service.js';
import { createLiveView, createPlainView } from './adapters/terminal-view.js';
import { settings } from './config.js';
import { demonstration } from './core/demonstration.js';

const USAGE = `usage:
  inferno start [--fresh] [--emulator=false] [--view live|plain] [--workload DIR] [--data-dir DIR]
  inferno start --help               every option, with its default
  inferno create [--workload DIR]    create on the cluster of KUBECONFIG what is absent of a folder's manifests
  inferno plan DATA-DIR              what each server would get, without any service; --what-if PATH=VALUE, --help
  inferno explain DATA-DIR SERVER    why one server would get what it would get; --help
  inferno settings [--write FILE]    the settings of all services as a table`;

const chosen = Object.entries(demonstration(settings.localClusterDir.default)).map(([name, value]) => `${name}=${value}`);
const program = {
  command: 'npm start --',
  about: 'Starts the whole loop on an embedded cluster and shows what happens; ctrl-c stops it.',
  settings,
  notes: [
    'The services read their own variables, as README.md lists them. Where the environment does not set them, they are given ' +
      `${chosen.join(', ')}.`,
  ],
};

const [command = '', ...args] = process.argv.slice(2);

switch (command) {
  case 'start': {
    // The other commands have no need of it, and start at once without.
    const { start } = await import('./start.js');
    await runService({ ...program, env: process.env, argv: args }, (config, stopping) => {
      const live = config.view === 'live' || (config.view === 'auto' && process.stdout.isTTY);
      const colours = process.env['NO_COLOR'] === undefined;
      const view = live ? createLiveView(process.stdout, colours) : createPlainView((line) => console.log(line));
      const say = (line: string): void => void process.stderr.write(`${line}\n`);
      return start({ config, env: process.env, clock: realClock, view, say, stopping });
    });
    break;
  }
  case 'create': {
    const { createSettings, createWorkload } = await import('./create-workload.js');
    const about = "Creates what a folder's manifests name and the cluster does not have.";
    const creation = { command: 'inferno create', about, settings: createSettings, env: process.env, argv: args };
    await runService(creation, async (config, stopping) => ({
      started: await createWorkload(config, stopping),
      stop: () => Promise.resolve(),
    }));
    break;
  }
  case 'plan':
  case 'explain': {
    const { planProgram } = await import('./plan-program.js');
    process.exitCode = await planProgram(command, args, process.env, process);
    break;
  }
  case 'settings': {
    // Loads the config of every service, which `start` has no need of.
    const { allSettings, writeSettings } = await import('./settings.js');
    const [flag, file] = args;
    if (flag === '--write' && file !== undefined) await writeSettings(file);
    else console.log(allSettings());
    break;
  }
  case 'help':
  case '--help':
  case '-h':
    console.log(USAGE);
    break;
  default:
    console.error(`${USAGE}\nunknown command "${command}"`);
    process.exitCode = 2;
}
