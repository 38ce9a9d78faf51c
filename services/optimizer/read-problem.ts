import { z } from 'zod';
import { optimizeOneRequestSchema } from '#shared/contracts/optimizer.js';
import { parseContract, type Parsed } from '#shared/contracts/parse-contract.js';
import { systemSpecSchema, type SystemData, type SystemSpec } from '#shared/contracts/system-data.js';

/** What a caller reads from its data files, and mostly sends again as it was: nine tenths of what there is to check. */
const steadyParts = ['acceleratorData', 'capacityData', 'modelData', 'serviceClassData'] as const;
const steadyPartsInLowerCase: ReadonlySet<string> = new Set(steadyParts.map((part) => part.toLowerCase()));
type Steady = Pick<SystemSpec, (typeof steadyParts)[number]>;

const changingSchema = z.strictObject({
  system: systemSpecSchema.omit({ acceleratorData: true, capacityData: true, modelData: true, serviceClassData: true }),
});

interface Remembered {
  /** As they were sent. */
  readonly given: Readonly<Record<keyof Steady, unknown>>;
  readonly value: Steady;
}

/**
 * Checks the bodies of `POST /optimizeOne`. Parts that are, value for value, those of the body before are not checked again: comparing
 * takes a fifth of the time. The answer is the same as without, and is not to be changed in place.
 */
export function createProblemReader(): (body: unknown) => Parsed<SystemData> {
  let last: Remembered | null = null;
  return (body) => {
    const given = membersOf(membersOf(body)['system']);
    const others = Object.entries(given).filter(([key]) => !isSteadyPart(key));
    // A part that is there a second time, in another case, is to be warned of as such.
    const isOnce = !others.some(([key]) => steadyPartsInLowerCase.has(key.toLowerCase()));
    if (last !== null && isOnce && steadyParts.every((part) => sameJson(given[part], last?.given[part]))) {
      const changing = Object.fromEntries(others);
      const { value, warnings } = parseContract(changingSchema, { ...membersOf(body), system: changing }, 'body');
      return { value: { system: { ...last.value, ...value.system } }, warnings };
    }
    last = null;
    const parsed = parseContract(optimizeOneRequestSchema, body, 'body');
    // What was warned of would have to be warned of again.
    const isPlain = parsed.warnings.length === 0 && steadyParts.every((part) => Object.hasOwn(given, part));
    if (isPlain) last = { given: steadyOf(given), value: steadyOf(parsed.value.system) };
    return parsed;
  };
}

function steadyOf<T extends Readonly<Partial<Record<keyof Steady, unknown>>>>(system: T): Pick<T, keyof Steady> {
  const { acceleratorData, capacityData, modelData, serviceClassData } = system;
  return { acceleratorData, capacityData, modelData, serviceClassData };
}

function isSteadyPart(key: string): boolean {
  return (steadyParts as readonly string[]).includes(key);
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  const inA = a as Record<string, unknown>;
  const inB = b as Record<string, unknown>;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(inA[key], inB[key]));
}
