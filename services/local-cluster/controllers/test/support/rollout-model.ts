import type { Deployment, ReplicaSet } from '#shared/kube/wire.js';
import { planRollout } from '../../deployment/rollout.js';
import { desiredReplicas } from '../../deployment/rollout-limits.js';
import { isSameTemplate } from '../../deployment/template-hash.js';
import { nameOf } from '../../machinery/object-feed.js';
import { toTimestamp } from '../../machinery/timestamps.js';
import { template } from './objects.js';

interface ModelSet {
  replicaSet: ReplicaSet;
  ready: number;
  unready: number;
}

/**
 * A deployment, its replica sets and their pods as plain counts, moved on step by step by whoever drives it: the deployment's turn,
 * a replica set's turn, a pod that becomes ready. A replica set's status shows what was true at its last turn, so the deployment
 * decides on old news, as in a cluster.
 */
export class RolloutModel {
  deployment: Deployment;
  nowMs = 0;
  readonly #sets: ModelSet[] = [];

  constructor(deployment: Deployment) {
    this.deployment = deployment;
  }

  get names(): string[] {
    return this.#sets.map(({ replicaSet }) => nameOf(replicaSet));
  }

  get sizes(): number[] {
    return this.#sets.map(({ replicaSet }) => replicaSet.spec?.replicas ?? 0);
  }

  wanted(): number {
    return this.sizes.reduce((sum, size) => sum + size, 0);
  }

  ready(): number {
    return this.#sets.reduce((sum, { ready }) => sum + ready, 0);
  }

  change(spec: Partial<NonNullable<Deployment['spec']>>): void {
    const generation = (this.deployment.metadata?.generation ?? 0) + 1;
    this.deployment = {
      ...this.deployment,
      metadata: { ...this.deployment.metadata, generation },
      spec: { ...this.deployment.spec, ...spec } as NonNullable<Deployment['spec']>,
    };
  }

  toVersion(version: number): void {
    this.change({ template: template(version) });
  }

  deploymentTurn(): void {
    this.nowMs += 1000;
    const plan = planRollout({
      deployment: this.deployment,
      replicaSets: this.#sets.map(({ replicaSet }) => replicaSet),
      hasRunningPods: (replicaSet) => this.#sets.some((set) => set.replicaSet === replicaSet && set.ready + set.unready > 0),
      nowMs: this.nowMs,
    });
    for (const step of plan.steps) {
      if (step.kind === 'create') this.#create(step.body);
      else if (step.kind === 'update') this.#update(step.body);
      else this.#sets.splice(this.#indexOf(step.replicaSet), 1);
    }
    this.deployment = { ...this.deployment, status: plan.status };
  }

  /** Creates and deletes pods as its replica set wants, those that are not ready first, and tells in its status how many there are. */
  replicaSetTurn(at: number): void {
    const set = this.#sets[at % Math.max(1, this.#sets.length)];
    if (set === undefined) return;
    const size = set.replicaSet.spec?.replicas ?? 0;
    set.unready += Math.max(0, size - set.ready - set.unready);
    set.unready -= Math.min(set.unready, Math.max(0, set.ready + set.unready - size));
    set.ready = Math.min(set.ready, size);
    set.replicaSet = {
      ...set.replicaSet,
      status: {
        replicas: set.ready + set.unready,
        readyReplicas: set.ready,
        availableReplicas: set.ready,
        observedGeneration: set.replicaSet.metadata?.generation ?? 0,
      },
    };
  }

  podBecomesReady(at: number): void {
    const set = this.#sets[at % Math.max(1, this.#sets.length)];
    if (set === undefined || set.unready === 0) return;
    set.unready -= 1;
    set.ready += 1;
  }

  /** Everyone's turn, over and over, until nothing moves any more. */
  settle(): void {
    for (let round = 0; round < 500; round += 1) {
      this.deploymentTurn();
      for (const at of this.#sets.keys()) {
        this.replicaSetTurn(at);
        this.podBecomesReady(at);
        this.replicaSetTurn(at);
      }
      if (this.isSettled()) return;
    }
    throw new Error(`not settled: ${JSON.stringify(this.sizes)} of ${desiredReplicas(this.deployment)}`);
  }

  isSettled(): boolean {
    const desired = desiredReplicas(this.deployment);
    const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = this.deployment.status ?? {};
    const isNewest = ({ replicaSet }: ModelSet): boolean =>
      isSameTemplate(replicaSet.spec?.template, this.deployment.spec?.template);
    const isRight = this.#sets.every((set) => set.replicaSet.spec?.replicas === (isNewest(set) ? desired : 0));
    return (
      isRight && this.ready() === desired && [updatedReplicas, replicas, availableReplicas].every((count) => count === desired)
    );
  }

  #create(body: ReplicaSet): void {
    const metadata = { ...body.metadata, uid: `uid-${nameOf(body)}`, generation: 1, creationTimestamp: toTimestamp(this.nowMs) };
    this.#sets.push({ replicaSet: { ...body, metadata }, ready: 0, unready: 0 });
  }

  #update(body: ReplicaSet): void {
    const set = this.#sets[this.#indexOf(body)];
    if (set === undefined) throw new Error(`no replica set ${nameOf(body)}`);
    set.replicaSet = { ...body, metadata: { ...body.metadata, generation: (body.metadata?.generation ?? 0) + 1 } };
  }

  #indexOf(replicaSet: ReplicaSet): number {
    return this.#sets.findIndex((set) => nameOf(set.replicaSet) === nameOf(replicaSet));
  }
}
