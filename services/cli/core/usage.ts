import type { Setting } from '#shared/config/settings.js';

const WIDTH = 100;
const INDENT = '      ';

/** What `npm start -- --help` prints: every setting with its argument, variable, default, range and meaning. */
export function usage(settings: Readonly<Record<string, Setting<unknown>>>): string {
  const all = Object.values(settings);
  const withArgument = all.filter(({ argument }) => argument !== undefined);
  const byVariable = all.filter(({ argument }) => argument === undefined);
  return [
    'usage: npm start -- [options]',
    '',
    'Starts the whole loop on an embedded cluster and shows what happens; ctrl-c stops it.',
    '',
    'Options (an option wins over its variable):',
    '  -h, --help',
    `${INDENT}print this and exit`,
    ...withArgument.flatMap(describe),
    '',
    'By environment variable only:',
    ...byVariable.flatMap(describe),
  ].join('\n');
}

function describe(setting: Setting<unknown>): string[] {
  const { argument, variable, range, about } = setting;
  const name = argument === undefined ? variable : `${argument}${setting.isSwitch ? '[=true|false]' : ' VALUE'}, ${variable}`;
  const initial = setting.default === '' ? 'empty' : String(setting.default);
  return [`  ${name}`, ...wrapped(`${about}; ${range}; default: ${initial}`)];
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = INDENT;
  for (const word of text.split(' ')) {
    if (line !== INDENT && line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      line = INDENT;
    }
    line += line === INDENT ? word : ` ${word}`;
  }
  return [...lines, line];
}
