import { ContractError, formatIssue, type ContractIssue } from '#shared/contracts/contract-error.js';
import { formatPath, parseContract } from '#shared/contracts/parse-contract.js';
import { listNames } from '#shared/contracts/references.js';
import { systemSpecSchema, type SystemSpec } from '#shared/contracts/system-data.js';
import { findPlaces, type Path, type Places } from './find-places.js';
import { createPathReader, type PathReader } from './path-reader.js';

interface Applied {
  readonly override: string;
  readonly paths: readonly string[];
}

/** Steps that a number is changed by: `+8`, `-2`, `*1.5`; without a sign it is the number itself. */
const NUMBER = /^([-+*]?)((?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)$/i;
/** 100 · 1.1 is 110 and no 110.00000000000001, which would be no whole number of cards. */
const SIGNIFICANT_DIGITS = 12;

/**
 * A system as it would be with these values: each override `path=value`, in their order, then checked by the contract of the data.
 * @throws ContractError naming the override: a path that leads nowhere, a value that cannot stand there
 */
export function applyOverrides(system: SystemSpec, overrides: readonly string[]): SystemSpec {
  const changed = structuredClone(system);
  const applied = overrides.map((override) => apply(changed, override));
  try {
    return parseContract(systemSpecSchema, changed, 'data').value;
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    throw new ContractError(withoutRepetitions(error.issues.map((issue) => blame(issue, applied))));
  }
}

/** One value that stands in many places is wrong in all of them. */
function withoutRepetitions(issues: readonly ContractIssue[]): ContractIssue[] {
  return [...new Map(issues.map((issue) => [formatIssue(issue), issue])).values()];
}

function apply(system: SystemSpec, override: string): Applied {
  const reader = createPathReader(override);
  const places = findPlaces(reader, system);
  const text = reader.value();
  const isStep = places.kind === 'number' && /^[-+*]/.test(text);
  // What is unknown stays unknown: twice the load of every server is that of those whose load is known.
  const paths = isStep ? places.paths.filter((path) => valueAt(system, path) !== undefined) : places.paths;
  if (paths.length === 0) reader.fail(JSON.stringify(text), 'there is no value yet that this could change: give a number');
  for (const path of paths) change(system, path, (now) => changeOf(reader, places, text, now));
  return { override, paths: paths.map(formatPath) };
}

function changeOf(reader: PathReader, { kind, known }: Places, text: string, now: unknown): unknown {
  if (kind === 'boolean') {
    if (text !== 'true' && text !== 'false') reader.fail(JSON.stringify(text), 'must be true or false');
    return text === 'true';
  }
  if (kind === 'text') {
    const value = /^"([^"]*)"$/.exec(text)?.[1] ?? text;
    if (known !== undefined && !known.includes(value)) reader.fail(JSON.stringify(value), `must be one of ${listNames(known)}`);
    return value;
  }
  const [, step = '', digits] = NUMBER.exec(text) ?? reader.fail(JSON.stringify(text), 'must be a number, or +N, -N or *N');
  const operand = Number(digits);
  if (step === '' || typeof now !== 'number') return operand;
  if (step === '*') return rounded(now * operand);
  return rounded(step === '+' ? now + operand : now - operand);
}

function rounded(value: number): number {
  return Number(value.toPrecision(SIGNIFICANT_DIGITS));
}

function valueAt(system: SystemSpec, path: Path): unknown {
  return path.reduce<unknown>((value, step) => (value as Readonly<Record<string | number, unknown>> | undefined)?.[step], system);
}

/** Replaces the value at a path; objects that are not there on the way are made. */
function change(system: SystemSpec, path: Path, to: (now: unknown) => unknown): void {
  let owner = system as unknown as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) owner = (owner[step] ??= {}) as Record<string | number, unknown>;
  const key = path.at(-1) as string | number;
  owner[key] = to(owner[key]);
}

/** The data was well before: the override that came nearest to the place is the one to name, of several the last. */
function blame(issue: ContractIssue, applied: readonly Applied[]): ContractIssue {
  let blamed = { override: '', shared: -1, isExact: false };
  for (const { override, paths } of applied) {
    for (const path of paths) {
      const shared = sharedStart(path, issue.path);
      if (shared >= blamed.shared) blamed = { override, shared, isExact: path === issue.path };
    }
  }
  return { ...issue, source: `--what-if ${blamed.override}`, path: blamed.isExact ? '' : issue.path };
}

function sharedStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}
