/**
 * Lists that a strategic merge patch merges instead of replacing, by model and field, with the key that tells their items apart
 * (`patchStrategy` and `patchMergeKey` of the Kubernetes types). An empty key: a set of plain values. All other lists are replaced.
 */
const mergeKeys: Readonly<Record<string, string>> = {
  'V1ObjectMeta.ownerReferences': 'uid',
  'V1ObjectMeta.finalizers': '',
  'V1PodSpec.volumes': 'name',
  'V1PodSpec.containers': 'name',
  'V1PodSpec.initContainers': 'name',
  'V1PodSpec.ephemeralContainers': 'name',
  'V1PodSpec.imagePullSecrets': 'name',
  'V1PodSpec.hostAliases': 'ip',
  'V1PodSpec.topologySpreadConstraints': 'topologyKey',
  'V1PodSpec.resourceClaims': 'name',
  'V1PodSpec.schedulingGates': 'name',
  'V1Container.ports': 'containerPort',
  'V1Container.env': 'name',
  'V1Container.volumeMounts': 'mountPath',
  'V1Container.volumeDevices': 'devicePath',
  'V1EphemeralContainer.ports': 'containerPort',
  'V1EphemeralContainer.env': 'name',
  'V1EphemeralContainer.volumeMounts': 'mountPath',
  'V1PodStatus.conditions': 'type',
  'V1PodStatus.podIPs': 'ip',
  'V1PodStatus.hostIPs': 'ip',
  'V1ServiceSpec.ports': 'port',
  'V1ServiceStatus.conditions': 'type',
  'V1NodeSpec.podCIDRs': '',
  'V1NodeStatus.conditions': 'type',
  'V1NodeStatus.addresses': 'type',
  'V1NamespaceStatus.conditions': 'type',
  'V1DeploymentStatus.conditions': 'type',
  'V1ReplicaSetStatus.conditions': 'type',
  'V1ServiceAccount.secrets': 'name',
  'V2HorizontalPodAutoscalerStatus.conditions': 'type',
};

/** The merge key of a list; undefined where the list is replaced as a whole. */
export function mergeKeyOf(model: string | undefined, field: string): string | undefined {
  return model === undefined ? undefined : mergeKeys[`${model}.${field}`];
}
