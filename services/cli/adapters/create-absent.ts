import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { readFolder } from '#shared/config/folders.js';
import { ServiceError } from '#shared/http/service-error.js';
import type { KubeClient } from '#shared/kube/kube-client.js';
import { isAlreadyExists } from '#shared/kube/kube-error.js';
import { paths } from '#shared/kube/paths.js';
import type { KubeObject } from '#shared/kube/wire.js';
import { settings } from '../config.js';

/**
 * Creates those objects that are not there yet. What exists is left alone: applying a manifest again
 * would reset load, accelerator and replicas to what it names, and undo what the loop has decided since.
 * @returns `kind namespace/name` of what was created
 */
export async function createAbsent(client: KubeClient, objects: readonly KubeObject[], signal: AbortSignal): Promise<string[]> {
  const created: string[] = [];
  for (const object of objects) {
    const { kind = '', metadata } = object;
    const { namespace = 'default', name = '' } = metadata ?? {};
    try {
      await client.create(collectionOf(kind, namespace), object, {}, signal);
      created.push(`${kind} ${kind === 'Namespace' ? '' : `${namespace}/`}${name}`);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }
  return created;
}

/**
 * The objects of a folder's manifests, namespaces first.
 * @throws ContractError where there is no such folder; ServiceError for a file that is not YAML, or a kind that is not for here
 */
export async function readManifests(folder: string): Promise<KubeObject[]> {
  const files = (await readFolder(settings.workload, folder)).filter((file) => file.endsWith('.yaml'));
  const objects: KubeObject[] = [];
  for (const file of files.sort()) {
    for (const document of parseAllDocuments(await readFile(join(folder, file), 'utf8'))) {
      const [problem] = document.errors;
      if (problem !== undefined) throw new ServiceError('BAD_REQUEST', `${join(folder, file)}: ${problem.message}`);
      const object: unknown = document.toJS();
      if (object === null) continue;
      collectionOf((object as KubeObject).kind ?? '', 'default');
      objects.push(object as KubeObject);
    }
  }
  // Whatever the files are called.
  return objects.sort((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'));
}

function collectionOf(kind: string, namespace: string): string {
  switch (kind) {
    case 'Namespace':
      return paths.namespaces();
    case 'Deployment':
      return paths.deployments(namespace);
    case 'ConfigMap':
      return paths.configMaps(namespace);
    default:
      throw new ServiceError(
        'BAD_REQUEST',
        `kind ${kind}: the workload folder holds Namespaces, Deployments and ConfigMaps only`,
      );
  }
}
