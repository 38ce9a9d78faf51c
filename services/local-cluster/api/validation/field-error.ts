/** One thing wrong with one field, in the words and reasons of the Kubernetes API. */
export interface FieldError {
  field: string;
  reason: string;
  message: string;
}

/** Collects what is wrong with an object; the order of calls is the order of the causes in the answer. */
export class FieldErrors {
  readonly list: FieldError[] = [];

  required(field: string, detail = ''): void {
    this.#add(field, 'FieldValueRequired', detail === '' ? 'Required value' : `Required value: ${detail}`);
  }

  invalid(field: string, value: unknown, detail: string): void {
    this.#add(field, 'FieldValueInvalid', `Invalid value: ${show(value)}${detail === '' ? '' : `: ${detail}`}`);
  }

  notSupported(field: string, value: unknown, supported: readonly string[]): void {
    const choices = supported.map((choice) => JSON.stringify(choice));
    this.#add(field, 'FieldValueNotSupported', `Unsupported value: ${show(value)}: supported values: ${choices.join(', ')}`);
  }

  duplicate(field: string, value: unknown): void {
    this.#add(field, 'FieldValueDuplicate', `Duplicate value: ${show(value)}`);
  }

  forbidden(field: string, detail: string): void {
    this.#add(field, 'FieldValueForbidden', `Forbidden: ${detail}`);
  }

  tooLong(field: string, maxBytes: number): void {
    this.#add(field, 'FieldValueTooLong', `Too long: may not be more than ${maxBytes} bytes`);
  }

  notFound(field: string, value: unknown): void {
    this.#add(field, 'FieldValueNotFound', `Not found: ${show(value)}`);
  }

  #add(field: string, reason: string, message: string): void {
    this.list.push({ field, reason, message });
  }
}

function show(value: unknown): string {
  return value === undefined || value === null ? 'null' : JSON.stringify(value);
}
