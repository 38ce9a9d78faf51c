import type { FieldErrors } from './field-error.js';

/** Checks a count, a delay or the like, absent allowed. */
export function checkNonNegative(value: number | undefined, field: string, errors: FieldErrors): void {
  if (value !== undefined && value < 0) errors.invalid(field, value, 'must be greater than or equal to 0');
}

export function checkPort(value: number | undefined, field: string, errors: FieldErrors): void {
  if (value === undefined || value < 1 || value > 65_535)
    errors.invalid(field, value ?? 0, 'must be between 1 and 65535, inclusive');
}

/** A port number or the name of a container's port. */
export function checkPortOrName(value: number | string | undefined, field: string, errors: FieldErrors): void {
  if (typeof value === 'string') {
    for (const problem of portNameProblems(value)) errors.invalid(field, value, problem);
    return;
  }
  if (value === undefined || value < 1 || value > 65_535)
    errors.invalid(field, value ?? 0, 'must be between 1 and 65535, inclusive');
}

function portNameProblems(name: string): string[] {
  const rules: [isBroken: boolean, problem: string][] = [
    [name.length > 15, 'must be no more than 15 characters'],
    [!/^[-a-z0-9]+$/.test(name), 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'],
    [!/[a-z]/.test(name), 'must contain at least one letter (a-z)'],
    [name.includes('--'), 'must not contain consecutive hyphens'],
    [/^-|-$/.test(name), 'must not begin or end with a hyphen'],
  ];
  return rules.filter(([isBroken]) => isBroken).map(([, problem]) => problem);
}

/** Checks that a value is one of the allowed ones. */
export function checkChoice(value: string | undefined, choices: readonly string[], field: string, errors: FieldErrors): void {
  if (value === undefined) errors.required(field);
  else if (!choices.includes(value)) errors.notSupported(field, value, choices);
}
