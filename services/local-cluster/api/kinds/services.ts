import type { V1ServicePort, V1ServiceSpec, V1ServiceStatus } from '@kubernetes/client-node';
import type { KubeObject } from '../objects.js';
import { ageColumn, nameColumn, textColumns, wideColumns } from '../tables/cells.js';
import { ageOf } from '../tables/duration.js';
import type { FieldErrors } from '../validation/field-error.js';
import { checkLabels, checkName } from '../validation/names.js';
import { checkChoice, checkPort, checkPortOrName } from '../validation/numbers.js';
import { defineKind, type Loose } from './kind.js';

type Port = Loose<V1ServicePort>;
export type Service = KubeObject & { spec?: Loose<V1ServiceSpec>; status?: Loose<V1ServiceStatus> };

const serviceTypes = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

export const services = defineKind<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  model: 'V1Service',
  nameRule: 'label1035',
  subresources: { status: true },
  returnsDeleted: true,
  setDefaults,
  prepareCreate: (service) => {
    service.status = { loadBalancer: {} };
  },
  prepareUpdate: (next, current) => {
    // An address once given stays, whether or not the new manifest names it.
    if (next.spec === undefined || current.spec === undefined || next.spec.type === 'ExternalName') return;
    if (current.spec.clusterIP !== undefined) next.spec.clusterIP ??= current.spec.clusterIP;
    if (current.spec.clusterIPs !== undefined) next.spec.clusterIPs ??= current.spec.clusterIPs;
  },
  validate,
  selectableFields: {
    names: ['spec.clusterIP', 'spec.type'],
    of: ({ spec }) => ({ 'spec.clusterIP': spec?.clusterIP ?? '', 'spec.type': spec?.type ?? '' }),
  },
  columns: [nameColumn, ...textColumns('Type', 'Cluster-IP', 'External-IP', 'Port(s)'), ageColumn, ...wideColumns('Selector')],
  row: ({ metadata, spec }, nowMs) => [
    metadata.name ?? '',
    spec?.type ?? '',
    spec?.clusterIP ?? '<none>',
    externalAddress(spec),
    portsText(spec?.ports),
    ageOf(metadata.creationTimestamp, nowMs),
    selectorText(spec?.selector),
  ],
});

function setDefaults(service: Service): void {
  const spec = (service.spec ??= {});
  spec.sessionAffinity ??= 'None';
  spec.type ??= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP';
    port.targetPort ??= port.port ?? 0;
  }
  if (spec.type === 'ExternalName') return;
  spec.internalTrafficPolicy ??= 'Cluster';
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
}

function validate({ spec = {} }: Service, errors: FieldErrors, current: Service | undefined): void {
  checkLabels(spec.selector, 'spec.selector', errors);
  const { ports = [] } = spec;
  if (ports.length === 0 && spec.type !== 'ExternalName' && spec.clusterIP !== 'None') errors.required('spec.ports');
  const names = new Set<string>();
  const numbers = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `spec.ports[${index}]`;
    if (port.name !== undefined || ports.length > 1) checkName(port.name, 'label', `${at}.name`, errors);
    if (port.name !== undefined && names.has(port.name)) errors.duplicate(`${at}.name`, port.name);
    names.add(port.name ?? '');
    checkPort(port.port, `${at}.port`, errors);
    checkChoice(port.protocol, ['TCP', 'UDP', 'SCTP'], `${at}.protocol`, errors);
    checkPortOrName(port.targetPort, `${at}.targetPort`, errors);
    const number = `${port.protocol ?? ''}/${port.port ?? 0}`;
    if (numbers.has(number)) errors.duplicate(at, number);
    numbers.add(number);
  }
  checkChoice(spec.type, serviceTypes, 'spec.type', errors);
  const before = current?.spec?.clusterIP;
  if (before !== undefined && spec.type !== 'ExternalName' && spec.clusterIP !== before) {
    errors.invalid('spec.clusterIPs[0]', spec.clusterIPs, 'may not change once set');
  }
}

function externalAddress(spec: Service['spec']): string {
  if (spec?.type === 'ExternalName') return spec.externalName ?? '<none>';
  if (spec?.externalIPs !== undefined && spec.externalIPs.length > 0) return spec.externalIPs.join(',');
  return spec?.type === 'LoadBalancer' ? '<pending>' : '<none>';
}

function portsText(ports: Port[] = []): string {
  if (ports.length === 0) return '<none>';
  return ports
    .map(({ port, nodePort, protocol }) => `${port ?? 0}${nodePort === undefined ? '' : `:${nodePort}`}/${protocol ?? 'TCP'}`)
    .join(',');
}

function selectorText(selector: Readonly<Record<string, string>> | undefined): string {
  const text = Object.entries(selector ?? {}).map(([key, value]) => `${key}=${value}`);
  return text.length === 0 ? '<none>' : text.join(',');
}
