import type { PodTemplateSpec } from '#shared/kube/wire.js';
import type { Container } from './deployment-state.js';
import { hasMaxNumSeqs } from './max-num-seqs.js';

/** The container of the model server: the one with `--max-num-seqs`, else the one that asks for cards, else the first. */
export function modelContainer(template: PodTemplateSpec): Container | undefined {
  const containers = template.spec?.containers ?? [];
  return (
    containers.find(hasMaxNumSeqs) ??
    containers.find(({ resources }) => extendedResources(resources?.limits).length > 0) ??
    containers[0]
  );
}

/** Names of the extended resources in a list of limits or requests: those with a domain, for example `nvidia.com/gpu`. */
export function extendedResources(quantities: Readonly<Record<string, string>> | undefined): string[] {
  return Object.keys(quantities ?? {}).filter((name) => name.includes('/'));
}
