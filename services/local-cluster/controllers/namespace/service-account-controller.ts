import { isAlreadyExists, isNotFound } from '#shared/kube/kube-error.js';
import type { KubeObject, Namespace } from '#shared/kube/wire.js';
import { isNamespaceTerminating } from '../machinery/api-refusals.js';
import type { ApiResource } from '../machinery/api-resources.js';
import type { Controller, ControllerContext } from '../machinery/controller-context.js';
import { follow, isBeingDeleted, nameOf, namespaceOf, type ObjectFeed } from '../machinery/object-feed.js';
import { createWorkQueue } from '../machinery/work-queue.js';

const NAME = 'service-account-controller';
const WORKERS = 4;
/** The account of pods that name none. */
const DEFAULT_ACCOUNT = 'default';

export interface ServiceAccountFeeds {
  namespaces: ObjectFeed<Namespace>;
  serviceAccounts: ObjectFeed<KubeObject>;
}

/** Gives every namespace its service account `default`, and gives it back when it is deleted. */
export function startServiceAccountController(
  context: ControllerContext,
  { namespaces, serviceAccounts }: ServiceAccountFeeds,
  resource: ApiResource,
): Controller {
  const { client, clock, logger } = context;
  const queue = createWorkQueue({ name: NAME, clock, logger, workers: WORKERS, reconcile });
  const enqueue = (namespace: Namespace): void => queue.add(nameOf(namespace));
  const ends = [
    follow(namespaces, { added: enqueue, updated: enqueue }),
    follow(serviceAccounts, { removed: (account) => queue.add(namespaceOf(account)) }),
  ];

  async function reconcile(namespaceName: string): Promise<undefined> {
    const namespace = namespaces.get('', namespaceName);
    if (namespace === undefined || isBeingDeleted(namespace)) return undefined;
    if (serviceAccounts.get(namespaceName, DEFAULT_ACCOUNT) !== undefined) return undefined;
    const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: DEFAULT_ACCOUNT, namespace: namespaceName } };
    try {
      await client.create(resource.collection(namespaceName), body);
    } catch (error) {
      if (!isAlreadyExists(error) && !isNotFound(error) && !isNamespaceTerminating(error)) throw error;
    }
    return undefined;
  }

  return {
    stop: () => {
      for (const end of ends) end();
      return queue.stop();
    },
  };
}
