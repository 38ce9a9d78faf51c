export interface LabelSelector {
  matchLabels?: Record<string, string> | undefined;
  matchExpressions?: readonly Requirement[] | undefined;
}

export interface Requirement {
  key: string;
  operator: string;
  values?: readonly string[] | undefined;
}

type Labels = Readonly<Record<string, string>> | undefined;

/** Whether labels satisfy a selector. As in the controllers of Kubernetes an absent or empty selector matches nothing. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels): boolean {
  const wanted = Object.entries(selector?.matchLabels ?? {});
  const requirements = selector?.matchExpressions ?? [];
  if (wanted.length === 0 && requirements.length === 0) return false;
  return hasLabels(wanted, labels) && requirements.every((requirement) => satisfies(requirement, labels));
}

/** Whether labels hold all of the given pairs; no pairs are held by any. */
export function hasLabels(wanted: readonly (readonly [string, string])[], labels: Labels): boolean {
  return wanted.every(([key, value]) => labels?.[key] === value);
}

/** One expression of a label or node selector. An unknown operator is satisfied by nothing. */
export function satisfies({ key, operator, values = [] }: Requirement, labels: Labels): boolean {
  const value = labels?.[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return compare(value, values, (actual, bound) => actual > bound);
    case 'Lt':
      return compare(value, values, (actual, bound) => actual < bound);
    default:
      return false;
  }
}

function compare(
  value: string | undefined,
  values: readonly string[],
  holds: (actual: number, bound: number) => boolean,
): boolean {
  const [bound] = values;
  if (value === undefined || bound === undefined || !isInteger(value) || !isInteger(bound)) return false;
  return holds(Number(value), Number(bound));
}

function isInteger(text: string): boolean {
  return /^[+-]?\d+$/.test(text);
}
