import type { Pod } from '#shared/kube/wire.js';
import { modelContainer } from './current-allocation.js';

/** Annotations of a pod that say where its metrics are. The first is of hosts whose only loopback address is 127.0.0.1. */
const OWN_PORT_ANNOTATION = 'inferno.local-cluster/port';
const PORT_ANNOTATION = 'prometheus.io/port';
const PATH_ANNOTATION = 'prometheus.io/path';
const SCRAPE_ANNOTATION = 'prometheus.io/scrape';

const DEFAULT_PORT = 8000;

/** Where a pod's metrics are, or why they are nowhere. */
export type ScrapeTarget = { url: string } | { missing: string };

/** The port of the model server's container that is called `http` or is 8000, else its first one; annotations win. */
export function scrapeTarget({ metadata, spec, status }: Pod): ScrapeTarget {
  const annotations = metadata?.annotations ?? {};
  if (annotations[SCRAPE_ANNOTATION] === 'false') return { missing: `annotation ${SCRAPE_ANNOTATION} is false` };
  const address = status?.podIP;
  if (address === undefined || address === '') return { missing: 'the pod has no address yet' };

  const named = [OWN_PORT_ANNOTATION, PORT_ANNOTATION].find((key) => annotations[key] !== undefined);
  const port = named === undefined ? containerPort(spec?.containers ?? []) : Number(annotations[named]);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    return { missing: `annotation ${named ?? ''}: ${JSON.stringify(annotations[named ?? ''])}: must be a port` };
  }
  const path = annotations[PATH_ANNOTATION] ?? '/metrics';
  const host = address.includes(':') ? `[${address}]` : address;
  return { url: `http://${host}:${port}${path.startsWith('/') ? path : `/${path}`}` };
}

/** When the model server's container started, ms since the epoch. */
export function startedAt({ spec, status }: Pod): number | undefined {
  const name = modelContainer(spec?.containers ?? [])?.name;
  const text = status?.containerStatuses?.find((one) => one.name === name)?.state?.running?.startedAt;
  const at = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** Since when the pod has been ready without a break, ms since the epoch. */
export function readyAt({ status }: Pod): number | undefined {
  const at = Date.parse(status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime ?? '');
  return Number.isNaN(at) ? undefined : at;
}

function containerPort(containers: Parameters<typeof modelContainer>[0]): number {
  const ports = modelContainer(containers)?.ports ?? [];
  const http = ports.find(({ name, containerPort: port }) => name === 'http' || port === DEFAULT_PORT) ?? ports[0];
  return http?.containerPort ?? DEFAULT_PORT;
}
