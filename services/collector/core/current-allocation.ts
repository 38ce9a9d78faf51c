import { labelOrAnnotation, labels, NODE_ACCELERATOR_LABEL } from '#shared/kube/names.js';
import type { Deployment, Pod, PodTemplateSpec } from '#shared/kube/wire.js';
import { numberValue } from './labels/number-value.js';

type Container = NonNullable<PodTemplateSpec['spec']>['containers'][number];

export const MAX_BATCH_RANGE = { min: 0, max: 1e6, whole: true };

/**
 * Accelerator of a Deployment's pods: what their template says, for a tool may reset the Deployment's own label at any time. A
 * template that names none (manifests of other tools) is what the Deployment says; the selector comes last, since it holds the type of
 * the cards and several accelerators may be made of one type. Empty: not known.
 */
export function acceleratorOf({ metadata, spec }: Deployment): string {
  return (
    labelOrAnnotation(spec?.template.metadata, labels.accelerator) ??
    labelOrAnnotation(metadata, labels.accelerator) ??
    spec?.template.spec?.nodeSelector?.[NODE_ACCELERATOR_LABEL] ??
    ''
  );
}

/** Accelerator whose cards a pod holds: its own label; a pod without one is what its Deployment says. */
export function acceleratorOfPod(pod: Pod, deployment: Deployment): string {
  return labelOrAnnotation(pod.metadata, labels.accelerator) ?? acceleratorOf(deployment);
}

/** Max batch by the argument of the model server, else by label; 0: not known. */
export function maxBatchOf({ metadata, spec }: Deployment): number {
  const containers = spec?.template.spec?.containers ?? [];
  const fromArguments = containers.map(maxNumSeqs).find((value) => value !== undefined);
  if (fromArguments !== undefined) return fromArguments;
  const label = numberValue(metadata, labels.maxBatchSize, MAX_BATCH_RANGE);
  return label.state === 'known' ? label.value : 0;
}

/** Max batch that a pod runs with; 0: its arguments do not tell. */
export function maxBatchOfPod({ spec }: Pod): number {
  return (spec?.containers ?? []).map(maxNumSeqs).find((value) => value !== undefined) ?? 0;
}

/** The container of the model server: the one with `--max-num-seqs`, else the first. */
export function modelContainer(containers: readonly Container[]): Container | undefined {
  return containers.find((container) => maxNumSeqs(container) !== undefined) ?? containers[0];
}

function maxNumSeqs({ command = [], args = [] }: Container): number | undefined {
  const words = [...command, ...args];
  const joined = words.find((word) => word.startsWith('--max-num-seqs='))?.split('=')[1];
  const index = words.indexOf('--max-num-seqs');
  const text = joined ?? (index < 0 ? undefined : words[index + 1]);
  return text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) : undefined;
}
