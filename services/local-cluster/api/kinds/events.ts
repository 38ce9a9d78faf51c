import type { CoreV1Event } from '@kubernetes/client-node';
import type { KubeObject } from '../objects.js';
import { nameColumn, textColumns, wideColumns } from '../tables/cells.js';
import { ageOf } from '../tables/duration.js';
import type { FieldErrors } from '../validation/field-error.js';
import { defineKind, type Loose } from './kind.js';

type Event = KubeObject & Omit<Loose<CoreV1Event>, keyof KubeObject>;

export const events = defineKind<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
  model: 'CoreV1Event',
  nameRule: 'subdomain',
  createsOnUpdate: true,
  validate,
  selectableFields: {
    names: [
      'involvedObject.kind',
      'involvedObject.namespace',
      'involvedObject.name',
      'involvedObject.uid',
      'involvedObject.apiVersion',
      'involvedObject.resourceVersion',
      'involvedObject.fieldPath',
      'reason',
      'reportingComponent',
      'source',
      'type',
    ],
    of: (event) => ({
      ...Object.fromEntries(Object.entries(event.involvedObject ?? {}).map(([key, value]) => [`involvedObject.${key}`, value])),
      reason: event.reason ?? '',
      reportingComponent: event.reportingComponent ?? '',
      source: event.source?.component ?? event.reportingComponent ?? '',
      type: event.type ?? '',
    }),
  },
  columns: [
    ...textColumns('Last Seen', 'Type', 'Reason', 'Object'),
    ...wideColumns('Subobject', 'Source'),
    ...textColumns('Message'),
    ...wideColumns('First Seen', 'Count'),
    { ...nameColumn, wide: true },
  ],
  row: (event, nowMs) => [
    lastSeen(event, nowMs),
    event.type ?? '',
    event.reason ?? '',
    objectText(event),
    event.involvedObject?.fieldPath ?? '',
    sourceText(event),
    (event.message ?? '').trim(),
    ageOf(event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp, nowMs),
    event.series?.count ?? event.count ?? 1,
    event.metadata.name ?? '',
  ],
});

function validate(event: Event, errors: FieldErrors): void {
  const { metadata, involvedObject } = event;
  const expected = involvedObject?.namespace ?? 'default';
  if (expected !== metadata.namespace) {
    errors.invalid('involvedObject.namespace', involvedObject?.namespace ?? '', 'does not match event.namespace');
  }
}

function lastSeen(event: Event, nowMs: number): string {
  const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp;
  return ageOf(last ?? event.metadata.creationTimestamp, nowMs);
}

function objectText({ involvedObject }: Event): string {
  const kind = involvedObject?.kind?.toLowerCase() ?? '';
  return involvedObject?.name === undefined ? kind : `${kind}/${involvedObject.name}`;
}

function sourceText({ source, reportingComponent, reportingInstance }: Event): string {
  const component = source?.component ?? reportingComponent ?? '';
  const instance = source?.host ?? reportingInstance ?? '';
  return instance === '' ? component : `${component}, ${instance}`;
}
