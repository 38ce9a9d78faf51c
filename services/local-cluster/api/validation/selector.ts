import type { V1LabelSelector } from '@kubernetes/client-node';
import type { Loose } from '../kinds/kind.js';
import type { matchesSelector } from '../selectors/label-selector.js';
import type { FieldErrors } from './field-error.js';
import { checkLabels, labelValueProblems, qualifiedNameProblems } from './names.js';

const operators = new Set(['In', 'NotIn', 'Exists', 'DoesNotExist']);

/** Checks the selector of a workload (`owner` names it in the messages). */
export function checkSelector(selector: Loose<V1LabelSelector> | undefined, owner: string, errors: FieldErrors): void {
  if (selector === undefined) {
    errors.required('spec.selector');
    return;
  }
  checkLabels(selector.matchLabels, 'spec.selector.matchLabels', errors);
  for (const [index, { key, operator, values = [] }] of (selector.matchExpressions ?? []).entries()) {
    const at = `spec.selector.matchExpressions[${index}]`;
    const needsValues = operator === 'In' || operator === 'NotIn';
    if (needsValues && values.length === 0)
      errors.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    if (!needsValues && values.length > 0) {
      errors.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    }
    if (!operators.has(operator ?? '')) {
      errors.invalid(`${at}.operator`, operator, 'not a valid selector operator');
    }
    for (const problem of qualifiedNameProblems(key ?? '')) errors.invalid(`${at}.key`, key, problem);
    for (const [place, value] of values.entries()) {
      for (const problem of labelValueProblems(value)) errors.invalid(`${at}.values[${place}]`, value, problem);
    }
  }
  if (isEmptySelector(selector)) errors.invalid('spec.selector', {}, `empty selector is invalid for ${owner}`);
}

/** A selector that cannot be evaluated. */
export function hasUnknownOperator(selector: Loose<V1LabelSelector> | undefined): boolean {
  return (selector?.matchExpressions ?? []).some(({ operator }) => !operators.has(operator ?? ''));
}

function isEmptySelector(selector: Loose<V1LabelSelector>): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
}

/** A selector whose parts are known to be there. */
export function selectorOf(selector: Loose<V1LabelSelector> | undefined): Parameters<typeof matchesSelector>[0] {
  return {
    matchLabels: selector?.matchLabels ?? {},
    matchExpressions: (selector?.matchExpressions ?? []).map(({ key = '', operator = '', values = [] }) => ({
      key,
      operator,
      values,
    })),
  };
}
