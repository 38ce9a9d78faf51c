import type { V1LabelSelector } from '@kubernetes/client-node';
import type { Loose } from '../kinds/kind.js';
import type { PodSpec, PodTemplate } from '../kinds/pod-template.js';
import { matchesSelector } from '../selectors/label-selector.js';
import { checkContainer } from './container.js';
import type { FieldErrors } from './field-error.js';
import { checkLabels, checkName, labelValueProblems, nameProblems, qualifiedNameProblems } from './names.js';
import { checkChoice, checkNonNegative } from './numbers.js';

/** Checks the spec of a pod, or of a template (`field` says which). */
export function checkPodSpec(spec: PodSpec, field: string, errors: FieldErrors): void {
  const volumes = checkVolumes(spec.volumes ?? [], `${field}.volumes`, errors);
  const names = new Set<string>();
  if (spec.containers === undefined || spec.containers.length === 0) errors.required(`${field}.containers`);
  for (const [index, container] of (spec.containers ?? []).entries()) {
    checkContainer(container, `${field}.containers[${index}]`, { names, volumes, isInit: false }, errors);
  }
  for (const [index, container] of (spec.initContainers ?? []).entries()) {
    checkContainer(container, `${field}.initContainers[${index}]`, { names, volumes, isInit: true }, errors);
  }
  checkChoice(spec.restartPolicy, ['Always', 'OnFailure', 'Never'], `${field}.restartPolicy`, errors);
  checkChoice(spec.dnsPolicy, ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'], `${field}.dnsPolicy`, errors);
  checkLabels(spec.nodeSelector, `${field}.nodeSelector`, errors);
  checkNonNegative(spec.terminationGracePeriodSeconds, `${field}.terminationGracePeriodSeconds`, errors);
  if (spec.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds < 1) {
    errors.invalid(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 'must be between 1 and 2147483647, inclusive');
  }
  for (const [part, rule] of [
    ['serviceAccountName', 'subdomain'],
    ['nodeName', 'subdomain'],
    ['hostname', 'label'],
  ] as const) {
    const name = spec[part];
    for (const problem of name === undefined ? [] : nameProblems(name, rule)) errors.invalid(`${field}.${part}`, name, problem);
  }
  checkTolerations(spec.tolerations ?? [], `${field}.tolerations`, errors);
}

function checkVolumes(volumes: NonNullable<PodSpec['volumes']>, field: string, errors: FieldErrors): Set<string> {
  const names = new Set<string>();
  for (const [index, volume] of volumes.entries()) {
    const at = `${field}[${index}]`;
    checkName(volume.name, 'label', `${at}.name`, errors);
    if (volume.name !== undefined && names.has(volume.name)) errors.duplicate(`${at}.name`, volume.name);
    names.add(volume.name ?? '');
    const sources = Object.keys(volume).filter((part) => part !== 'name');
    for (const extra of sources.slice(1)) errors.forbidden(`${at}.${extra}`, 'may not specify more than 1 volume type');
  }
  return names;
}

function checkTolerations(tolerations: NonNullable<PodSpec['tolerations']>, field: string, errors: FieldErrors): void {
  for (const [index, { key, operator = 'Equal', value, effect, tolerationSeconds }] of tolerations.entries()) {
    const at = `${field}[${index}]`;
    for (const problem of key === undefined ? [] : qualifiedNameProblems(key)) errors.invalid(`${at}.key`, key, problem);
    if (key === undefined && operator !== 'Exists') {
      errors.invalid(
        `${at}.operator`,
        operator,
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      );
    }
    checkChoice(operator, ['Equal', 'Exists'], `${at}.operator`, errors);
    if (operator === 'Exists' && value !== undefined) {
      errors.invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'");
    }
    if (effect !== undefined) checkChoice(effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute'], `${at}.effect`, errors);
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      errors.invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
    }
  }
}

/** Checks a template together with the selector that must find its pods. */
export function checkTemplate(
  template: PodTemplate | undefined,
  selector: Loose<V1LabelSelector> | undefined,
  owner: string,
  errors: FieldErrors,
): void {
  const labels = template?.metadata?.labels ?? {};
  checkSelector(selector, owner, errors);
  // No selector at all finds nothing, unlike an empty one, which finds everything.
  if (selector === undefined || !matchesSelector(selectorOf(selector), labels)) {
    errors.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`');
  }
  checkLabels(template?.metadata?.labels, 'spec.template.labels', errors);
  const spec = template?.spec ?? {};
  checkPodSpec(spec, 'spec.template.spec', errors);
  if (
    spec.restartPolicy !== undefined &&
    spec.restartPolicy !== 'Always' &&
    ['OnFailure', 'Never'].includes(spec.restartPolicy)
  ) {
    errors.notSupported('spec.template.spec.restartPolicy', spec.restartPolicy, ['Always']);
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    errors.forbidden('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${owner} is not Supported`);
  }
}

function checkSelector(selector: Loose<V1LabelSelector> | undefined, owner: string, errors: FieldErrors): void {
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
    if (!['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator ?? '')) {
      errors.invalid(`${at}.operator`, operator, 'not a valid selector operator');
    }
    for (const problem of qualifiedNameProblems(key ?? '')) errors.invalid(`${at}.key`, key, problem);
    for (const [place, value] of values.entries()) {
      for (const problem of labelValueProblems(value)) errors.invalid(`${at}.values[${place}]`, value, problem);
    }
  }
  if (isEmptySelector(selector)) errors.invalid('spec.selector', {}, `empty selector is invalid for ${owner}`);
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
