import { ContractError, type ContractIssue } from '#shared/contracts/contract-error.js';

/** One setting of a service: where its value comes from, what it may be, and what it is for. */
export interface Setting<T> {
  /** Environment variable. */
  variable: string;
  /** A positional argument (its index) or a flag (`--fresh`, `-F`) that wins over the variable. */
  argument?: number | `-${string}`;
  default: T;
  /** Allowed values, in words. */
  range: string;
  about: string;
  /** A boolean flag takes no value on the command line. */
  isSwitch: boolean;
  /** Undefined: not within `range`. */
  parse: (text: string) => T | undefined;
}

/** What `readSettings` makes of a table of settings. */
export type SettingValues<S> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

interface Common<T> {
  variable: string;
  argument?: number | `-${string}`;
  default: T;
  about: string;
}

export function numberSetting(options: Common<number> & { min: number; max: number; exclusive?: boolean }): Setting<number> {
  const { min, max, exclusive = false, ...common } = options;
  return {
    ...common,
    range: exclusive ? `a number between ${min} and ${max}, both excluded` : `a number from ${min} to ${max}`,
    isSwitch: false,
    parse: (text) => {
      const value = text.trim() === '' ? Number.NaN : Number(text);
      const within = exclusive ? value > min && value < max : value >= min && value <= max;
      return within ? value : undefined;
    },
  };
}

export function integerSetting(options: Common<number> & { min: number; max: number }): Setting<number> {
  const { min, max, ...common } = options;
  return {
    ...common,
    range: `a whole number from ${min} to ${max}`,
    isSwitch: false,
    parse: (text) => {
      const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
  };
}

/** A TCP port; 0 takes any free one. */
export function portSetting(options: Common<number>): Setting<number> {
  return integerSetting({ ...options, min: 0, max: 65_535 });
}

export function booleanSetting(options: Common<boolean>): Setting<boolean> {
  const words = new Map([
    ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
    ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
  ]);
  return {
    ...options,
    range: 'true or false (or yes/no, on/off, 1/0)',
    isSwitch: typeof options.argument === 'string',
    parse: (text) => words.get(text.trim().toLowerCase()),
  };
}

export function textSetting(options: Common<string> & { range: string; accepts?: (text: string) => boolean }): Setting<string> {
  const { accepts = () => true, ...common } = options;
  return { ...common, isSwitch: false, parse: (text) => (accepts(text) ? text : undefined) };
}

export function choiceSetting<const T extends string>(options: Common<T> & { choices: readonly T[] }): Setting<T> {
  const { choices, ...common } = options;
  return {
    ...common,
    range: `one of ${choices.join(', ')}`,
    isSwitch: false,
    parse: (text) => choices.find((choice) => choice === text.trim()),
  };
}

/**
 * Reads the settings of a service once, at its start.
 * @param env an empty variable counts as not set
 * @param argv the arguments after the program's name
 * @throws ContractError naming variable or argument, value and range of everything that is wrong
 */
export function readSettings<S extends Record<string, Setting<unknown>>>(
  settings: S,
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[] = [],
): SettingValues<S> {
  const issues: ContractIssue[] = [];
  const given = readArguments(Object.values(settings), argv, issues);
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settings)) {
    const fromArgument = setting.argument === undefined ? undefined : given.get(setting.argument);
    const fromEnv = env[setting.variable];
    const text = fromArgument ?? (fromEnv === '' ? undefined : fromEnv);
    if (text === undefined) {
      values[key] = setting.default;
      continue;
    }
    const value = setting.parse(text);
    if (value !== undefined) {
      values[key] = value;
      continue;
    }
    const source = fromArgument === undefined ? 'environment' : 'arguments';
    const path = fromArgument === undefined ? setting.variable : nameOfArgument(setting);
    issues.push({ source, path, value: JSON.stringify(text), message: `must be ${setting.range}` });
  }
  if (issues.length > 0) throw new ContractError(issues);
  return Object.freeze(values) as SettingValues<S>;
}

function readArguments(
  settings: readonly Setting<unknown>[],
  argv: readonly string[],
  issues: ContractIssue[],
): Map<number | string, string> {
  const byFlag = new Map(
    settings.filter((setting) => typeof setting.argument === 'string').map((setting) => [setting.argument, setting]),
  );
  const positionals = new Set(settings.map((setting) => setting.argument).filter((argument) => typeof argument === 'number'));
  const given = new Map<number | string, string>();
  let position = 0;
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? '';
    // What begins like a number below zero is a value, if one out of range.
    if (!/^-[-a-z]/i.test(word)) {
      if (positionals.has(position)) given.set(position, word);
      else issues.push({ source: 'arguments', path: '', value: JSON.stringify(word), message: 'not expected here' });
      position++;
      continue;
    }
    const equals = word.indexOf('=');
    const flag = equals < 0 ? word : word.slice(0, equals);
    const setting = byFlag.get(flag as `-${string}`);
    if (setting === undefined) {
      const known = [...byFlag.keys()].join(', ');
      issues.push({ source: 'arguments', path: flag, value: '', message: `unknown; known: ${known === '' ? 'none' : known}` });
      continue;
    }
    if (equals >= 0) given.set(flag, word.slice(equals + 1));
    else if (setting.isSwitch) given.set(flag, 'true');
    else given.set(flag, argv[++index] ?? '');
  }
  return given;
}

function nameOfArgument(setting: Setting<unknown>): string {
  return typeof setting.argument === 'number'
    ? `argument ${setting.argument + 1} (${setting.variable})`
    : String(setting.argument);
}
