import { badRequest } from '../status-error.js';

export type Labels = Readonly<Record<string, string>>;
type LabelTest = (labels: Labels) => boolean;

/**
 * Parses the text form of a label selector: `app=web,tier in (a, b),!canary,size>3`.
 * @throws StatusError 400 when it is malformed
 */
export function parseLabelSelector(text: string): LabelTest {
  const tests = splitTerms(text).map(parseTerm);
  return (labels) => tests.every((test) => test(labels));
}

// Commas inside parentheses belong to a set.
function splitTerms(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}

const keyPattern = String.raw`([\w./-]+)`;
const setTerm = new RegExp(String.raw`^${keyPattern}\s+(in|notin)\s+\(([^()]*)\)$`);
const equalityTerm = new RegExp(String.raw`^${keyPattern}\s*(==|=|!=|>|<)\s*([\w.-]*)$`);
const existenceTerm = new RegExp(String.raw`^(!?)\s*${keyPattern}$`);

function parseTerm(term: string): LabelTest {
  const [, setKey, setOperator, setText = ''] = setTerm.exec(term) ?? [];
  if (setKey !== undefined) {
    const values = new Set(setText.split(',').map((value) => value.trim()));
    if (setOperator === 'in') return (labels) => hasOwn(labels, setKey) && values.has(labels[setKey] ?? '');
    return (labels) => !hasOwn(labels, setKey) || !values.has(labels[setKey] ?? '');
  }
  const [, key, operator, value = ''] = equalityTerm.exec(term) ?? [];
  if (key !== undefined) return equalityTest(key, operator ?? '=', value);
  const [, negation, name] = existenceTerm.exec(term) ?? [];
  if (name === undefined) throw badRequest(`unable to parse requirement: ${JSON.stringify(term)}`);
  return negation === '!' ? (labels) => !hasOwn(labels, name) : (labels) => hasOwn(labels, name);
}

function equalityTest(key: string, operator: string, value: string): LabelTest {
  switch (operator) {
    case '!=':
      return (labels) => labels[key] !== value;
    case '>':
      return (labels) => hasOwn(labels, key) && Number(labels[key]) > Number(value);
    case '<':
      return (labels) => hasOwn(labels, key) && Number(labels[key]) < Number(value);
    default:
      return (labels) => labels[key] === value;
  }
}

interface SelectorObject {
  matchLabels?: Record<string, string>;
  matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

/** Whether labels satisfy a `LabelSelector` object; an empty selector matches everything. */
export function matchesSelector(selector: SelectorObject, labels: Labels): boolean {
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const has = hasOwn(labels, key);
      if (operator === 'Exists') return has;
      if (operator === 'DoesNotExist') return !has;
      const listed = has && values.includes(labels[key] ?? '');
      return operator === 'In' ? listed : !listed;
    })
  );
}

/** The text form of a `LabelSelector` object, as `status.selector` of a Scale carries it. */
export function selectorText(selector: SelectorObject): string {
  const terms = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    terms.push({ key, text: expressionText(key, operator, values) });
  }
  return terms
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map((term) => term.text)
    .join(',');
}

function expressionText(key: string, operator: string, values: readonly string[]): string {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${operator === 'In' ? 'in' : 'notin'} (${[...values].sort().join(',')})`;
}

function hasOwn(labels: Labels, key: string): boolean {
  return Object.hasOwn(labels, key);
}
