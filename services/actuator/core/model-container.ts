import type { PodTemplateSpec } from '#shared/kube/wire.js';
import type { Container } from './deployment-state.js';
import { hasMaxNumSeqs } from './max-num-seqs.js';

/** The container of the model server: the one with `--max-num-seqs`, else the one that asks for cards, else the first. */
export function modelContainer(template: PodTemplateSpec): Container | undefined {
  const containers = template.spec?.containers ?? [];
  return containers.find(hasMaxNumSeqs) ?? containers.find((one) => extendedResources(one).length > 0) ?? containers[0];
}

/** Names of the extended resources that a container asks for: those with a domain, for example `nvidia.com/gpu`. */
export function extendedResources(container: Container): string[] {
  const { limits = {}, requests = {} } = container.resources ?? {};
  return [...new Set([...Object.keys(limits), ...Object.keys(requests)])].filter((name) => name.includes('/'));
}
