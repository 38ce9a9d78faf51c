import { PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { V1Deployment, V1DeploymentSpec, V1Pod, V1PodTemplateSpec, V1ReplicaSet } from '@kubernetes/client-node';
import { expect } from 'chai';
import type { ConformanceCluster } from './conformance-cluster.js';
import { eventually } from './eventually.js';
import { deployment, template } from './manifests.js';

const name = 'web';
const labels = { app: name };
const strategic = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);

/** The deployment of one case in a namespace of its own, and what a case says to it and asks of it. */
export class Rollout {
  readonly namespace: string;
  readonly #cluster: ConformanceCluster;

  constructor(cluster: ConformanceCluster, namespace: string) {
    this.#cluster = cluster;
    this.namespace = namespace;
  }

  /** Creates the deployment with version 1 of its image and waits until all replicas are ready. */
  static async settled(cluster: ConformanceCluster, spec: Partial<V1DeploymentSpec>): Promise<Rollout> {
    const rollout = await Rollout.started(cluster, spec);
    await rollout.complete();
    return rollout;
  }

  static async started(cluster: ConformanceCluster, spec: Partial<V1DeploymentSpec>): Promise<Rollout> {
    const rollout = new Rollout(cluster, await cluster.namespace());
    await rollout.create(spec);
    return rollout;
  }

  create(spec: Partial<V1DeploymentSpec>): Promise<V1Deployment> {
    const body = deployment(name, { template: version(1), ...spec });
    return this.#cluster.apps.createNamespacedDeployment({ namespace: this.namespace, body });
  }

  change(spec: unknown): Promise<V1Deployment> {
    return this.#cluster.apps.patchNamespacedDeployment({ namespace: this.namespace, name, body: { spec } }, strategic);
  }

  toVersion(number: number): Promise<V1Deployment> {
    return this.change({ template: version(number) });
  }

  scale(replicas: number): Promise<V1Deployment> {
    return this.change({ replicas });
  }

  read(): Promise<V1Deployment> {
    return this.#cluster.apps.readNamespacedDeployment({ namespace: this.namespace, name });
  }

  /** Waits until the controllers have seen the latest change; what they then leave undone they will not do. */
  async seen(): Promise<V1Deployment> {
    return eventually(async () => {
      const read = await this.read();
      expect(read.status?.observedGeneration).to.equal(read.metadata?.generation);
      return read;
    });
  }

  /** Waits until every replica has the latest template and is available, and nothing else is left. */
  async complete(): Promise<V1Deployment> {
    return eventually(async () => {
      const read = await this.read();
      const replicas = read.spec!.replicas!;
      expect(read.status?.observedGeneration).to.equal(read.metadata?.generation);
      const { replicas: all = 0, updatedReplicas = 0, availableReplicas = 0 } = read.status ?? {};
      expect({ all, updatedReplicas, availableReplicas }).to.deep.equal({
        all: replicas,
        updatedReplicas: replicas,
        availableReplicas: replicas,
      });
      return read;
    });
  }

  async replicaSets(): Promise<V1ReplicaSet[]> {
    return (await this.#cluster.apps.listNamespacedReplicaSet({ namespace: this.namespace })).items;
  }

  async replicaSetOf(number: number): Promise<V1ReplicaSet> {
    const found = (await this.replicaSets()).find((set) => imageOf(set) === version(number).spec!.containers[0]!.image);
    if (found === undefined) throw new Error(`no replicaset of version ${number}`);
    return found;
  }

  /** Wanted replicas by version of the image, without those of zero. */
  async wantedByVersion(): Promise<Record<string, number>> {
    const sets = await this.replicaSets();
    const wanted = sets.map((set) => [imageOf(set).split(':')[1]!, set.spec!.replicas!] as const);
    return Object.fromEntries(wanted.filter(([, replicas]) => replicas > 0));
  }

  async pods(): Promise<V1Pod[]> {
    return (await this.#cluster.core.listNamespacedPod({ namespace: this.namespace })).items;
  }

  async condition(type: string): Promise<{ readonly status: string; readonly reason: string | undefined } | undefined> {
    const found = (await this.read()).status?.conditions?.find((candidate) => candidate.type === type);
    return found === undefined ? undefined : { status: found.status, reason: found.reason };
  }

  hold(): void {
    this.#cluster.pods.hold(this.namespace);
  }

  release(): Promise<void> {
    return this.#cluster.pods.release(this.namespace);
  }
}

export function version(number: number): V1PodTemplateSpec {
  return template(labels, { containers: [{ name: 'server', image: `server:${number}` }] });
}

function imageOf(set: V1ReplicaSet): string {
  return set.spec!.template!.spec!.containers[0]!.image!;
}
