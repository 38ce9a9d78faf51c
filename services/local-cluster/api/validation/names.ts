import type { NameRule } from '../kinds/kind.js';
import type { FieldErrors } from './field-error.js';

// Texts and expressions are part of the API: clients show them to people, and the real server answers the same.
const subdomain = String.raw`[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*`;
const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualifiedName = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValue = `(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?`;

const SUBDOMAIN_TEXT = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomain}')`;
const LABEL_TEXT = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`;
const LABEL_1035_TEXT = `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${label1035}')`;
const QUALIFIED_NAME_TEXT = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualifiedName}')`;
const LABEL_VALUE_TEXT = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${labelValue}')`;

const nameRules: Readonly<Record<Exclude<NameRule, 'pathSegment'>, { pattern: RegExp; text: string; maxLength: number }>> = {
  subdomain: { pattern: whole(subdomain), text: SUBDOMAIN_TEXT, maxLength: 253 },
  label: { pattern: whole(label), text: LABEL_TEXT, maxLength: 63 },
  label1035: { pattern: whole(label1035), text: LABEL_1035_TEXT, maxLength: 63 },
};

function whole(expression: string): RegExp {
  return new RegExp(`^${expression}$`);
}

/** What is wrong with a name under a rule: none, one or two sentences. */
export function nameProblems(name: string, rule: NameRule): string[] {
  if (rule === 'pathSegment') {
    if (name === '.' || name === '..') return [`may not be '${name}'`];
    return ['/', '%'].filter((sign) => name.includes(sign)).map((sign) => `may not contain '${sign}'`);
  }
  const { pattern, text, maxLength } = nameRules[rule];
  return [
    ...(name.length > maxLength ? [`must be no more than ${maxLength} characters`] : []),
    ...(pattern.test(name) ? [] : [text]),
  ];
}

/** Checks a name of the kind that containers, ports and volumes have. */
export function checkName(name: string | undefined, rule: NameRule, field: string, errors: FieldErrors): void {
  if (name === undefined || name === '') {
    errors.required(field);
    return;
  }
  for (const problem of nameProblems(name, rule)) errors.invalid(field, name, problem);
}

/** What is wrong with the key of a label, an annotation or an extended resource: an optional DNS prefix, a slash, a short name. */
export function qualifiedNameProblems(key: string): string[] {
  const parts = key.split('/');
  if (parts.length > 2) {
    return [`a qualified name ${QUALIFIED_NAME_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const name = parts.pop() ?? '';
  const [prefix] = parts;
  const problems: string[] = [];
  if (prefix === '') problems.push('prefix part must be non-empty');
  else if (prefix !== undefined) problems.push(...nameProblems(prefix, 'subdomain').map((problem) => `prefix part ${problem}`));
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > 63) problems.push('name part must be no more than 63 characters');
  if (!whole(qualifiedName).test(name)) problems.push(`name part ${QUALIFIED_NAME_TEXT}`);
  return problems;
}

const labelValuePattern = whole(labelValue);

/** What is wrong with the value of a label. */
export function labelValueProblems(value: string): string[] {
  return [
    ...(value.length > 63 ? ['must be no more than 63 characters'] : []),
    ...(labelValuePattern.test(value) ? [] : [LABEL_VALUE_TEXT]),
  ];
}

/** Checks keys and values of labels, node selectors and the like. */
export function checkLabels(labels: Readonly<Record<string, string>> | undefined, field: string, errors: FieldErrors): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const problem of qualifiedNameProblems(key)) errors.invalid(field, key, problem);
    for (const problem of labelValueProblems(value)) errors.invalid(field, value, problem);
  }
}
