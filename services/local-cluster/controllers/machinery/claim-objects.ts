import type { KubeClient } from '#shared/kube/kube-client.js';
import { isNotFound } from '#shared/kube/kube-error.js';
import type { KubeObject } from '#shared/kube/wire.js';
import { isInvalid } from './api-refusals.js';
import type { LabelSelector } from './label-selector.js';
import { isBeingDeleted, nameOf, namespaceOf, uidOf } from './object-feed.js';
import { adoptionPatch, claimOf, type OwnerReference, releasePatch } from './owner.js';

export interface ClaimOptions<T extends KubeObject> {
  client: KubeClient;
  controller: KubeObject;
  reference: OwnerReference;
  selector: LabelSelector | undefined;
  /** What the controller owns, and what nobody does. */
  candidates: readonly T[];
  pathOf: (namespace: string, name: string) => string;
  controllerPath: string;
}

/**
 * The candidates that belong to the controller, after adopting matching orphans and releasing what is no longer selected. Before the
 * first adoption the controller is read fresh: the cache may not know yet that it is being deleted, or that it is another one of the
 * same name.
 */
export async function claimObjects<T extends KubeObject>(options: ClaimOptions<T>): Promise<T[]> {
  const { client, controller, reference, selector, candidates, pathOf } = options;
  const claimed: T[] = [];
  let mayAdopt: boolean | undefined;
  for (const candidate of candidates) {
    const claim = claimOf(controller, selector, candidate);
    const path = pathOf(namespaceOf(candidate), nameOf(candidate));
    if (claim === 'owned') claimed.push(candidate);
    else if (claim === 'release') await patchIfThere(client, path, releasePatch([uidOf(controller)], uidOf(candidate)));
    else if (claim === 'adopt') {
      mayAdopt ??= await isStillThere(options);
      if (!mayAdopt) continue;
      const adopted = await patchIfThere<T>(client, path, adoptionPatch(reference, uidOf(candidate)));
      if (adopted !== undefined) claimed.push(adopted);
    }
  }
  return claimed;
}

async function isStillThere({ client, controller, controllerPath }: ClaimOptions<KubeObject>): Promise<boolean> {
  const fresh = await client.get<KubeObject>(controllerPath);
  return uidOf(fresh) === uidOf(controller) && !isBeingDeleted(fresh);
}

/** Undefined where the object is gone, or is another one by now. */
async function patchIfThere<T>(client: KubeClient, path: string, patch: unknown): Promise<T | undefined> {
  try {
    return await client.patch<T>(path, 'strategic', patch);
  } catch (error) {
    if (isNotFound(error) || isInvalid(error)) return undefined;
    throw error;
  }
}
