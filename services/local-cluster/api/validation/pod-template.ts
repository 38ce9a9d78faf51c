import type { V1LabelSelector } from '@kubernetes/client-node';
import type { Loose } from '../kinds/kind.js';
import type { PodTemplate } from '../kinds/pod-template.js';
import { matchesSelector } from '../selectors/label-selector.js';
import type { FieldErrors } from './field-error.js';
import { checkLabels } from './names.js';
import { checkPodSpec } from './pod-spec.js';
import { checkSelector, hasUnknownOperator, selectorOf } from './selector.js';

/** Checks a template together with the selector that must find its pods. */
export function checkTemplate(
  template: PodTemplate | undefined,
  selector: Loose<V1LabelSelector> | undefined,
  owner: string,
  errors: FieldErrors,
): void {
  const labels = template?.metadata?.labels;
  checkSelector(selector, owner, errors);
  if (hasUnknownOperator(selector)) errors.invalid('spec.selector', selector, 'invalid label selector');
  // No selector at all finds nothing, unlike an empty one, which finds everything.
  else if (selector === undefined || !matchesSelector(selectorOf(selector), labels ?? {})) {
    errors.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`');
  }
  checkLabels(labels, 'spec.template.labels', errors);
  const spec = template?.spec ?? {};
  checkPodSpec(spec, 'spec.template.spec', errors);
  if (spec.restartPolicy === 'OnFailure' || spec.restartPolicy === 'Never') {
    errors.notSupported('spec.template.spec.restartPolicy', spec.restartPolicy, ['Always']);
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    errors.forbidden('spec.template.spec.activeDeadlineSeconds', 'activeDeadlineSeconds in ReplicaSet is not Supported');
  }
}
