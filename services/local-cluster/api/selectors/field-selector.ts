import { badRequest } from '../status-error.js';

type SelectableFields = Readonly<Record<string, string>>;

/**
 * Parses a field selector such as `spec.nodeName=n1,status.phase!=Failed`.
 * @param selectable the fields that the kind can be selected by
 * @throws StatusError 400 for another field, or a malformed term
 */
export function parseFieldSelector(text: string, selectable: readonly string[]): (fields: SelectableFields) => boolean {
  const terms = text
    .split(',')
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, selectable));
  return (fields) => terms.every(({ field, value, negated }) => ((fields[field] ?? '') === value) !== negated);
}

function parseTerm(term: string, selectable: readonly string[]): { field: string; value: string; negated: boolean } {
  const [, field, operator, value] = /^([^=!]+)(!=|==|=)(.*)$/.exec(term) ?? [];
  if (field === undefined || value === undefined) {
    throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  }
  if (!selectable.includes(field)) {
    const known = selectable.map((name) => JSON.stringify(name)).join(', ');
    throw badRequest(`${JSON.stringify(field)} is not a known field selector: only ${known}`);
  }
  return { field, value: value.replaceAll(/\\([\\,=])/g, '$1'), negated: operator === '!=' };
}
