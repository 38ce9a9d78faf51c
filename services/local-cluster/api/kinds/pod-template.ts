import type { V1Container, V1PodSpec, V1PodTemplateSpec, V1Probe, V1Volume } from '@kubernetes/client-node';
import type { Loose } from './kind.js';

export type PodSpec = Loose<V1PodSpec>;
export type PodTemplate = Loose<V1PodTemplateSpec>;
export type Container = Loose<V1Container>;
type Probe = Loose<V1Probe>;
type Volume = Loose<V1Volume>;

const FILE_MODE = 0o644;

/** The defaults of a pod's spec, wherever it stands: in a pod or in a template. */
export function setPodSpecDefaults(spec: PodSpec): void {
  spec.restartPolicy ??= 'Always';
  spec.terminationGracePeriodSeconds ??= 30;
  // Once allowed, now read as "at once".
  if (spec.terminationGracePeriodSeconds < 0) spec.terminationGracePeriodSeconds = 1;
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.schedulerName ??= 'default-scheduler';
  spec.securityContext ??= {};
  mirrorServiceAccount(spec);
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    setContainerDefaults(container, spec.hostNetwork === true);
  }
  for (const volume of spec.volumes ?? []) setVolumeDefaults(volume);
}

// The old name of the field is kept in step with the new one.
function mirrorServiceAccount(spec: PodSpec): void {
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  if (account === undefined) return;
  spec.serviceAccountName = account;
  spec.serviceAccount = account;
}

function setContainerDefaults(container: Container, isHostNetwork: boolean): void {
  container.imagePullPolicy ??= isLatest(container.image ?? '') ? 'Always' : 'IfNotPresent';
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  container.resources ??= {};
  for (const port of container.ports ?? []) {
    port.protocol ??= 'TCP';
    if (isHostNetwork && port.containerPort !== undefined) port.hostPort ??= port.containerPort;
  }
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef !== undefined) valueFrom.fieldRef.apiVersion ??= 'v1';
    if (valueFrom?.resourceFieldRef !== undefined) valueFrom.resourceFieldRef.divisor ??= '0';
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) setProbeDefaults(probe);
  for (const handler of [container.lifecycle?.preStop, container.lifecycle?.postStart]) setHttpDefaults(handler?.httpGet);
}

function isLatest(image: string): boolean {
  if (image.includes('@')) return false;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest';
}

function setProbeDefaults(probe: Probe | undefined): void {
  if (probe === undefined) return;
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  if (probe.grpc !== undefined) probe.grpc.service ??= '';
  setHttpDefaults(probe.httpGet);
}

function setHttpDefaults(httpGet: Probe['httpGet']): void {
  if (httpGet === undefined) return;
  httpGet.path ??= '/';
  httpGet.scheme ??= 'HTTP';
}

function setVolumeDefaults(volume: Volume): void {
  if (Object.keys(volume).every((field) => field === 'name')) volume.emptyDir = {};
  for (const source of [volume.configMap, volume.secret, volume.projected, volume.downwardAPI]) {
    if (source !== undefined) source.defaultMode ??= FILE_MODE;
  }
  if (volume.hostPath !== undefined) volume.hostPath.type ??= '';
  for (const { serviceAccountToken, downwardAPI } of volume.projected?.sources ?? []) {
    if (serviceAccountToken !== undefined) serviceAccountToken.expirationSeconds ??= 3600;
    for (const { fieldRef } of downwardAPI?.items ?? []) if (fieldRef !== undefined) fieldRef.apiVersion ??= 'v1';
  }
  for (const { fieldRef } of volume.downwardAPI?.items ?? []) if (fieldRef !== undefined) fieldRef.apiVersion ??= 'v1';
}
