import type { PodTemplateSpec } from '#shared/kube/wire.js';
import { canonicalText } from '../machinery/same-content.js';

export const POD_TEMPLATE_HASH_LABEL = 'pod-template-hash';

/** No vowels and no look-alikes, so that no hash ever spells a word; the letters of Kubernetes' own generated names. */
const SAFE_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
const NAME_MAX_LENGTH = 253;

/**
 * A short name for a pod template's content, the same for the same content whatever the order of its fields. The count of
 * collisions so far is part of it, so that two templates that collide once get names of their own.
 */
export function templateHash(template: PodTemplateSpec, collisionCount: number | undefined): string {
  const hash = fnv1a(`${contentOf(template)}${collisionCount === undefined ? '' : `#${collisionCount}`}`);
  return [...String(hash)].map((digit) => SAFE_LETTERS[Number(digit)]).join('');
}

/** `<deployment>-<hash>`, the deployment's name cut where the two together would be too long for a name. */
export function replicaSetName(deployment: string, hash: string): string {
  return `${deployment.slice(0, NAME_MAX_LENGTH - 1 - hash.length)}-${hash}`;
}

/** Whether two templates make the same pods. The hash label is ours and does not count, so a new way of hashing rolls nothing out. */
export function isSameTemplate(left: PodTemplateSpec | undefined, right: PodTemplateSpec | undefined): boolean {
  return contentOf(left) === contentOf(right);
}

/** Templates in a cache are never changed, and each is compared again at every look at its deployment. */
const contents = new WeakMap<PodTemplateSpec, string>();

function contentOf(template: PodTemplateSpec | undefined): string {
  if (template === undefined) return '';
  const known = contents.get(template);
  if (known !== undefined) return known;
  const labels = { ...template.metadata?.labels, [POD_TEMPLATE_HASH_LABEL]: undefined };
  const content = canonicalText({ ...template, metadata: { ...template.metadata, labels } });
  contents.set(template, content);
  return content;
}

/** FNV-1a over UTF-16 code units, 32 bits. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
