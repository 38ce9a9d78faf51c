import type { ObjectMeta } from '#shared/kube/wire.js';
import type { MapPatch } from './patch.js';

const LABEL_VALUE = /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/;

/**
 * What sets a label of ours. A value that no label can hold goes into the annotation of the same key, which readers prefer; for any
 * other value such an annotation has to go. Empty where all is as wanted.
 */
export function labelChange(
  metadata: ObjectMeta | undefined,
  key: string,
  value: string,
): { labels: MapPatch; annotations: MapPatch } {
  const label = metadata?.labels?.[key];
  const annotation = metadata?.annotations?.[key];
  if ((annotation ?? label) === value) return { labels: {}, annotations: {} };
  if (!LABEL_VALUE.test(value)) return { labels: {}, annotations: { [key]: value } };
  return { labels: { [key]: value }, annotations: annotation === undefined ? {} : { [key]: null } };
}
