import type { Setting } from './settings.js';

const WIDTH = 100;
const INDENT = '      ';

/** A program as its `--help` tells of it. */
export interface Program<S> {
  /** As it is called: `npm run optimizer --`. */
  command: string;
  /** One sentence. */
  about: string;
  settings: S;
  /** More to say, a paragraph each. */
  notes?: readonly string[];
}

/** What `--help` prints: every setting with its argument, variable, default, range and meaning. */
export function usage({ command, about, settings, notes = [] }: Program<Readonly<Record<string, Setting<unknown>>>>): string {
  const all = Object.values(settings);
  const positionals = all.filter(({ argument }) => typeof argument === 'number');
  const withArgument = all.filter(({ argument }) => argument !== undefined);
  const byVariable = all.filter(({ argument }) => argument === undefined);
  return [
    `usage: ${[command, ...positionals.map(({ variable }) => `[${variable}]`), '[options]'].join(' ')}`,
    '',
    ...wrapped(about, ''),
    '',
    'Options (an option wins over its variable):',
    '  -h, --help',
    `${INDENT}print this and exit`,
    ...withArgument.flatMap(describe),
    '',
    'By environment variable only:',
    ...byVariable.flatMap(describe),
    ...notes.flatMap((note) => ['', ...wrapped(note, '')]),
  ].join('\n');
}

/** Whether the arguments ask for the usage. */
export function asksForHelp(argv: readonly string[]): boolean {
  return argv.includes('--help') || argv.includes('-h');
}

function describe(setting: Setting<unknown>): string[] {
  const { variable, range, about } = setting;
  const initial = setting.default === '' ? 'empty' : String(setting.default);
  return [`  ${nameOf(setting)}${variable}`, ...wrapped(`${about}; ${range}; default: ${initial}`, INDENT)];
}

function nameOf({ argument, isSwitch }: Setting<unknown>): string {
  if (argument === undefined) return '';
  if (typeof argument === 'number') return `argument ${argument + 1}, `;
  return `${argument}${isSwitch ? '[=true|false]' : ' VALUE'}, `;
}

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line !== indent && line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? word : ` ${word}`;
  }
  return [...lines, line];
}
