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
    if (!/^(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*$/.test(value) || value.length > 15) {
      errors.invalid(
        field,
        value,
        'must be the name of a port: at most 15 lower case letters, digits and single dashes, with at least one letter',
      );
    }
    return;
  }
  if (value === undefined || value < 1 || value > 65_535)
    errors.invalid(field, value ?? 0, 'must be between 1 and 65535, inclusive');
}

/** Checks that a value is one of the allowed ones. */
export function checkChoice(value: string | undefined, choices: readonly string[], field: string, errors: FieldErrors): void {
  if (value === undefined) errors.required(field);
  else if (!choices.includes(value)) errors.notSupported(field, value, choices);
}
