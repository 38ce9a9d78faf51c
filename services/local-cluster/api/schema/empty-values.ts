import type { FieldType } from './model.js';

// An empty text is as good as none everywhere (`omitempty`), except where it says something: nobody holds the lease.
const meaningfulEmptyTexts = new Set(['V1LeaseSpec.holderIdentity']);
// Numbers and switches that Kubernetes keeps as plain values: 0 and false are as good as none. (In `spec.replicas`, 0 is a wish.)
const plainFields = new Set([
  'CoreV1Event.count',
  'V1Container.stdin',
  'V1Container.stdinOnce',
  'V1Container.tty',
  'V1ContainerPort.containerPort',
  'V1ContainerPort.hostPort',
  'V1DeploymentSpec.minReadySeconds',
  'V1DeploymentSpec.paused',
  'V1NodeSpec.unschedulable',
  'V1ObjectMeta.generation',
  'V1PodSpec.hostIPC',
  'V1PodSpec.hostNetwork',
  'V1PodSpec.hostPID',
  'V1Probe.failureThreshold',
  'V1Probe.initialDelaySeconds',
  'V1Probe.periodSeconds',
  'V1Probe.successThreshold',
  'V1Probe.timeoutSeconds',
  'V1ReplicaSetSpec.minReadySeconds',
  'V1ServicePort.nodePort',
  'V1ServicePort.port',
  'V1ServiceSpec.healthCheckNodePort',
  'V1ServiceSpec.publishNotReadyAddresses',
  'V1VolumeMount.readOnly',
]);

/** Whether a value says no more than its absence would, so that it is dropped. @param field model and field: `V1Container.tty` */
export function isEmpty(value: unknown, type: FieldType, field: string): boolean {
  if (value === '') return type.of === 'string' && !meaningfulEmptyTexts.has(field);
  if (value === 0 || value === false) return plainFields.has(field);
  if (type.of === 'list') return (value as unknown[]).length === 0;
  return type.of === 'map' && Object.keys(value as object).length === 0;
}
