import type { Pod } from '#shared/kube/wire.js';

/** The group of pods that no Deployment is known of. */
const NONE = '';

/** Pods by the uid of their Deployment, and which of these groups have changed. */
export class PodGroups {
  readonly #deploymentUidOf: (pod: Pod) => string | undefined;
  readonly #groups = new Map<string, Map<string, Pod>>();
  readonly #groupOf = new Map<string, string>();
  readonly #changed = new Set<string>();
  readonly #misplaced = new Set<string>();

  /** @param deploymentUidOf as known now; undefined: none, or not known yet */
  constructor(deploymentUidOf: (pod: Pod) => string | undefined) {
    this.#deploymentUidOf = deploymentUidOf;
  }

  place(pod: Pod): void {
    const podUid = pod.metadata?.uid ?? '';
    const group = this.#deploymentUidOf(pod) ?? NONE;
    const before = this.#groupOf.get(podUid);
    if (before !== undefined && before !== group) this.remove(pod);
    this.#groupOf.set(podUid, group);
    const members = this.#groups.get(group) ?? new Map<string, Pod>();
    this.#groups.set(group, members.set(podUid, pod));
    this.#changed.add(group);
  }

  remove({ metadata }: Pod): void {
    const podUid = metadata?.uid ?? '';
    const group = this.#groupOf.get(podUid);
    if (group === undefined) return;
    this.#groupOf.delete(podUid);
    this.#changed.add(group);
    const members = this.#groups.get(group);
    members?.delete(podUid);
    if (members?.size === 0) this.#groups.delete(group);
  }

  touch(deploymentUid = NONE): void {
    this.#changed.add(deploymentUid);
  }

  /** Something between pods and this Deployment came, went or changed hands: its pods may be others', and others' or nobody's its. */
  ownersChanged(deploymentUid = NONE): void {
    this.#misplaced.add(deploymentUid).add(NONE);
  }

  /** The groups that have changed since the last call. */
  takeChanged(): string[] {
    for (const group of this.#misplaced) for (const pod of this.podsOf(group)) this.place(pod);
    this.#misplaced.clear();
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  podsOf(deploymentUid: string): Pod[] {
    return [...(this.#groups.get(deploymentUid)?.values() ?? [])];
  }
}
