import { z } from 'zod';
import { canonicalKeys, schemaAt } from './canonical-keys.js';
import { ContractError, type ContractIssue } from './contract-error.js';

const LONGEST_VALUE_SHOWN = 80;

export interface Parsed<T> {
  value: T;
  /** One line for each key that is not read, unknown or given twice, naming source and path. */
  warnings: string[];
}

/**
 * Checks a JSON value against its contract; known keys match without regard to case, unknown ones are warnings.
 * @param source file name or name of the payload, for messages
 * @throws ContractError with every issue found: source, path, value and allowed range
 */
export function parseContract<S extends z.ZodType>(schema: S, raw: unknown, source: string): Parsed<z.output<S>> {
  const warnings: string[] = [];
  const canonical = canonicalKeys(schema, raw, (path, key, winner) => {
    const why = winner === undefined ? 'unknown key, ignored' : `given twice, "${winner}" wins`;
    warnings.push(`${source}: ${formatPath([...path, key])}: ${why}`);
  });
  const result = schema.safeParse(canonical);
  if (result.success) return { value: result.data, warnings };
  throw new ContractError(result.error.issues.map((issue) => toContractIssue(issue, schema, canonical, source)));
}

/** Parses JSON text, then as `parseContract`. An empty or broken text is an error that says so; a mark of its byte order is none. */
export function parseContractText<S extends z.ZodType>(schema: S, text: string, source: string): Parsed<z.output<S>> {
  if (text.trim() === '') throw new ContractError([{ source, path: '', value: '', message: 'is empty; expected a JSON object' }]);
  let raw: unknown;
  try {
    raw = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    // It quotes the text, line ends and all.
    const why = (cause as Error).message.replace(/\s+/g, ' ');
    throw new ContractError([{ source, path: '', value: '', message: `is not JSON: ${why}` }], { cause });
  }
  return parseContract(schema, raw, source);
}

/** `['count', 2, 'type']` as `count[2].type`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

function toContractIssue(issue: z.core.$ZodIssue, schema: z.ZodType, root: unknown, source: string): ContractIssue {
  const message = boundsText(issue, schema) ?? describe(issue);
  return { source, path: formatPath(issue.path), value: showValue(valueAt(root, issue.path)), message };
}

/** Of a number that is out of bounds both bounds, where it has two; undefined: it is not about that. */
function boundsText({ code, path }: z.core.$ZodIssue, schema: z.ZodType): string | undefined {
  if (code !== 'too_small' && code !== 'too_big') return undefined;
  const number = schemaAt(schema, path);
  if (!(number instanceof z.ZodNumber)) return undefined;
  const bounds = (number.def.checks ?? []).flatMap(({ _zod: { def } }): string[] => {
    if (isBound(def, 'greater_than')) return [`${def.inclusive ? '>=' : '>'} ${def.value}`];
    if (isBound(def, 'less_than')) return [`${def.inclusive ? '<=' : '<'} ${def.value}`];
    return [];
  });
  return bounds.length === 2 ? `must be ${bounds.join(' and ')}` : undefined;
}

function isBound(
  def: { readonly check: string },
  check: string,
): def is { readonly check: string; readonly value: number; readonly inclusive: boolean } {
  return def.check === check;
}

function describe(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    case 'too_small':
      return `must be ${sizeOf(issue.origin)}${issue.inclusive === false ? '>' : '>='} ${issue.minimum}`;
    case 'too_big':
      return `must be ${sizeOf(issue.origin)}${issue.inclusive === false ? '<' : '<='} ${issue.maximum}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    default:
      return issue.message;
  }
}

function article(type: string): string {
  if (type === 'int') return 'a whole number';
  if (type === 'number') return 'a finite number';
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function sizeOf(origin: string): string {
  return origin === 'string' || origin === 'array' ? 'of length ' : '';
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined),
    root,
  );
}

function showValue(value: unknown): string {
  if (value === undefined) return 'absent';
  // JSON has no NaN and would show it as null.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > LONGEST_VALUE_SHOWN ? `${text.slice(0, LONGEST_VALUE_SHOWN)}…` : text;
}
