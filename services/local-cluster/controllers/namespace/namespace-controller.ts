import { isNotFound } from '#shared/kube/kube-error.js';
import { paths } from '#shared/kube/paths.js';
import type { KubeList, KubeObject, Namespace } from '#shared/kube/wire.js';
import { unlessGone } from '../machinery/api-refusals.js';
import type { ApiResource } from '../machinery/api-resources.js';
import type { Controller, ControllerContext } from '../machinery/controller-context.js';
import { follow, isBeingDeleted, nameOf, namespaceOf, type ObjectFeed } from '../machinery/object-feed.js';
import { type Again, createWorkQueue } from '../machinery/work-queue.js';

const NAME = 'namespace-controller';
const WORKERS = 4;
const CONTENT_FINALIZER = 'kubernetes';
/** Most of what has to end first (pods) is seen to end; this is for kinds that nobody follows. */
const LOOK_AGAIN_MS = 2000;

export interface NamespaceFeeds {
  namespaces: ObjectFeed<Namespace>;
  /** All kinds whose objects are followed: the end of one may be what its namespace waits for. */
  contents: readonly ObjectFeed<KubeObject>[];
}

/** Empties namespaces that are being deleted, and lets them go when nothing is left in them. */
export function startNamespaceController(
  context: ControllerContext,
  feeds: NamespaceFeeds,
  resources: readonly ApiResource[],
): Controller {
  const { client, clock, logger } = context;
  const { namespaces, contents } = feeds;
  const removable = resources.filter(({ namespaced, verbs }) => namespaced && ['list', 'deletecollection'].every(isIn(verbs)));
  const queue = createWorkQueue({ name: NAME, clock, logger, workers: WORKERS, reconcile });

  const enqueue = (namespace: Namespace): void => {
    if (isBeingDeleted(namespace)) queue.add(nameOf(namespace));
  };
  const onContentRemoved = (object: KubeObject): void => {
    const namespace = namespaces.get('', namespaceOf(object));
    if (namespace !== undefined) enqueue(namespace);
  };
  const ends = [
    follow(namespaces, { added: enqueue, updated: enqueue }),
    ...contents.map((feed) => follow(feed, { removed: onContentRemoved })),
  ];

  async function reconcile(name: string): Promise<Again | undefined> {
    const namespace = namespaces.get('', name);
    if (namespace === undefined || !isBeingDeleted(namespace)) return undefined;
    const remaining = await Promise.all(removable.map((resource) => empty(resource, name)));
    if (remaining.includes(true)) return { againInMs: LOOK_AGAIN_MS };
    const finalizers = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== CONTENT_FINALIZER);
    const body = { ...namespace, apiVersion: 'v1', kind: 'Namespace', spec: { ...namespace.spec, finalizers } };
    await unlessGone(client.replace(paths.namespaces(name, 'finalize'), body));
    return undefined;
  }

  /** Deletes all objects of a kind; answers whether some are still there, because they take their time. */
  async function empty(resource: ApiResource, namespace: string): Promise<boolean> {
    const path = resource.collection(namespace);
    if (!(await hasObjects(path))) return false;
    await client.delete(path, { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' });
    return hasObjects(path);
  }

  async function hasObjects(path: string): Promise<boolean> {
    try {
      const { items } = await client.get<KubeList<KubeObject>>(path, { limit: 1 });
      return items.length > 0;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  return {
    stop: () => {
      for (const end of ends) end();
      return queue.stop();
    },
  };
}

function isIn(list: readonly string[]): (item: string) => boolean {
  return (item) => list.includes(item);
}
