import type { V1APIGroupList, V1APIResourceList } from '@kubernetes/client-node';
import type { KubeClient } from '#shared/kube/kube-client.js';

/** A kind of object that the API server keeps. */
export interface ApiResource {
  apiVersion: string;
  kind: string;
  /** Plural, as in paths. */
  name: string;
  namespaced: boolean;
  verbs: readonly string[];
  /** Path of the collection, of one namespace or (namespace empty) of the cluster. */
  collection(namespace?: string): string;
  /** Path of one object. */
  object(namespace: string, name: string): string;
}

/** All kinds that the API server offers, each in the preferred version of its group. Subresources are left out. */
export async function discoverResources(client: KubeClient): Promise<ApiResource[]> {
  const { groups } = await client.get<V1APIGroupList>('/apis');
  const versions = ['v1', ...groups.map((group) => (group.preferredVersion ?? group.versions[0])?.groupVersion)];
  const lists = await Promise.all(
    versions.filter((version) => version !== undefined).map((version) => resourcesOf(client, version)),
  );
  return lists.flat();
}

async function resourcesOf(client: KubeClient, apiVersion: string): Promise<ApiResource[]> {
  const prefix = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources } = await client.get<V1APIResourceList>(prefix);
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ kind, name, namespaced, verbs }) => {
      const collection = (namespace = ''): string =>
        namespace === '' ? `${prefix}/${name}` : `${prefix}/namespaces/${encodeURIComponent(namespace)}/${name}`;
      const object = (namespace: string, objectName: string): string =>
        `${collection(namespaced ? namespace : '')}/${encodeURIComponent(objectName)}`;
      return { apiVersion, kind, name, namespaced, verbs, collection, object };
    });
}

/** The resource of an owner reference: by group and kind, since an older version of the group means the same objects. */
export function resourceOf(resources: readonly ApiResource[], apiVersion: string, kind: string): ApiResource | undefined {
  return resources.find((resource) => resource.kind === kind && groupOf(resource.apiVersion) === groupOf(apiVersion));
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
