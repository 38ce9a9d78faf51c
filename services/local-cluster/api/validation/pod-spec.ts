import type { PodSpec } from '../kinds/pod-template.js';
import { checkContainer } from './container.js';
import type { FieldErrors } from './field-error.js';
import { checkLabels, checkName, nameProblems, qualifiedNameProblems } from './names.js';
import { checkChoice } from './numbers.js';

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
  checkChoice(spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'], `${field}.dnsPolicy`, errors);
  checkLabels(spec.nodeSelector, `${field}.nodeSelector`, errors);
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
    const before = errors.list.length;
    const sources = Object.keys(volume).filter((part) => part !== 'name');
    for (const extra of sources.slice(1)) errors.forbidden(`${at}.${extra}`, 'may not specify more than 1 volume type');
    checkName(volume.name, 'label', `${at}.name`, errors);
    if (volume.name !== undefined && names.has(volume.name)) errors.duplicate(`${at}.name`, volume.name);
    // A volume that is wrong is none that another one could repeat, or a container could mount.
    if (volume.name !== undefined && errors.list.length === before) names.add(volume.name);
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
      errors.invalid(`${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set");
    }
  }
}
