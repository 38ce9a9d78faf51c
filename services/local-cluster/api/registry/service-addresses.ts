import type { KubeObject } from '../objects.js';
import type { Service } from '../kinds/services.js';
import type { ObjectStore } from '../store/object-store.js';

// 10.96.0.0/16, the first address being that of the API itself.
const FIRST_HOST = 10;
const LAST_HOST = 65_534;

/** Gives a new Service its cluster address: the lowest one that is free. Nothing routes to it; it is there for clients that show or store it. */
export function assignClusterAddress(object: KubeObject, store: ObjectStore): void {
  const { spec }: Service = object;
  if (spec === undefined || spec.type === 'ExternalName') return;
  if (spec.clusterIP === undefined) {
    const taken = new Set(store.list('services').map(({ object: other }) => (other as Service).spec?.clusterIP));
    let host = FIRST_HOST;
    while (host < LAST_HOST && taken.has(addressOf(host))) host += 1;
    spec.clusterIP = addressOf(host);
  }
  spec.clusterIPs ??= [spec.clusterIP];
}

function addressOf(host: number): string {
  return `10.96.${host >> 8}.${host & 255}`;
}
