import type { V2HorizontalPodAutoscalerSpec, V2HorizontalPodAutoscalerStatus } from '@kubernetes/client-node';
import type { KubeObject } from '../objects.js';
import { ageColumn, nameColumn, textColumns } from '../tables/cells.js';
import { ageOf } from '../tables/duration.js';
import { defineKind, type Loose } from './kind.js';

type Autoscaler = KubeObject & {
  spec?: Loose<V2HorizontalPodAutoscalerSpec>;
  status?: Loose<V2HorizontalPodAutoscalerStatus>;
};

/** Stored, so that others can see who claims a Deployment; nothing here acts on them. */
export const autoscalers = defineKind<Autoscaler>({
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  model: 'V2HorizontalPodAutoscaler',
  nameRule: 'subdomain',
  subresources: { status: true },
  prepareCreate: (autoscaler) => {
    autoscaler.status = { desiredReplicas: 0 };
  },
  setDefaults: (autoscaler) => {
    const spec = (autoscaler.spec ??= {});
    spec.minReplicas ??= 1;
    spec.metrics ??= [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }];
  },
  validate: ({ spec = {} }, errors) => {
    const { minReplicas = 1, maxReplicas = 0, scaleTargetRef } = spec;
    if (maxReplicas < 1) errors.invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0');
    if (maxReplicas < minReplicas)
      errors.invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`');
    if (minReplicas < 1) errors.invalid('spec.minReplicas', minReplicas, 'must be greater than or equal to 1');
    if (scaleTargetRef?.kind === undefined) errors.required('spec.scaleTargetRef.kind');
    if (scaleTargetRef?.name === undefined) errors.required('spec.scaleTargetRef.name');
  },
  columns: [nameColumn, ...textColumns('Reference', 'Targets', 'MinPods', 'MaxPods', 'Replicas'), ageColumn],
  row: ({ metadata, spec, status }, nowMs) => [
    metadata.name ?? '',
    `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`,
    targetsText(spec?.metrics),
    String(spec?.minReplicas ?? '<unset>'),
    spec?.maxReplicas ?? 0,
    status?.currentReplicas ?? 0,
    ageOf(metadata.creationTimestamp, nowMs),
  ],
});

function targetsText(metrics: Loose<V2HorizontalPodAutoscalerSpec>['metrics'] = []): string {
  const texts = metrics.map((metric) => {
    const source = metric.resource ?? metric.containerResource ?? metric.pods ?? metric.object ?? metric.external;
    const { averageUtilization, averageValue, value } = source?.target ?? {};
    const target = averageUtilization === undefined ? (averageValue ?? value ?? '<auto>') : `${averageUtilization}%`;
    return `${metric.resource?.name === undefined ? '' : `${metric.resource.name}: `}<unknown>/${target}`;
  });
  return texts.length === 0 ? '<none>' : texts.join(', ');
}
