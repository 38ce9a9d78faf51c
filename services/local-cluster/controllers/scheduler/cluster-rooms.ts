import type { Node, Pod } from '#shared/kube/wire.js';
import { isBeingDeleted, nameOf, uidOf } from '../machinery/object-feed.js';
import type { NodeRoom } from './fit.js';
import { add, nodeAllocatable, podRequests, type Resources, subtract } from './resources.js';

interface Holding {
  node: string;
  requests: Resources;
}

/**
 * What is taken on each node, kept up to date by changes. A pod holds its resources from the moment it is placed (assumed, while the
 * binding is under way) until it has ended or is gone: one that is being deleted still holds them.
 */
export class ClusterRooms {
  readonly #nodes = new Map<string, NodeRoom>();
  readonly #holdings = new Map<string, Holding>();
  /** Pods on nodes that are not known (yet, or any more). */
  readonly #requestedByNode = new Map<string, Resources>();

  rooms(): NodeRoom[] {
    return [...this.#nodes.values()];
  }

  room(node: string): NodeRoom | undefined {
    return this.#nodes.get(node);
  }

  putNode(node: Node): void {
    const name = nameOf(node);
    const requested = this.#requestedByNode.get(name) ?? new Map<string, number>();
    this.#nodes.set(name, { node, allocatable: nodeAllocatable(node), requested });
  }

  removeNode(node: Node): void {
    this.#nodes.delete(nameOf(node));
  }

  /** Takes note of a pod as the cluster shows it. Where it is not bound yet, an assumption stands. */
  putPod(pod: Pod): void {
    const node = pod.spec?.nodeName ?? '';
    if (hasEnded(pod)) this.release(uidOf(pod));
    else if (node !== '') this.#hold(uidOf(pod), { node, requests: podRequests(pod) });
    else if (isBeingDeleted(pod)) this.release(uidOf(pod));
  }

  /** Holds a node's resources for a pod that is about to be bound to it. */
  assume(pod: Pod, requests: Resources, node: string): void {
    this.#hold(uidOf(pod), { node, requests });
  }

  /** The pod is gone, or its binding failed. */
  release(uid: string): void {
    const held = this.#holdings.get(uid);
    if (held === undefined) return;
    this.#holdings.delete(uid);
    this.#change(held.node, (requested) => subtract(requested, held.requests));
  }

  #hold(uid: string, holding: Holding): void {
    const held = this.#holdings.get(uid);
    // What a pod asks for does not change while it is on its node; the kubelet's many status updates need no sum.
    if (held?.node === holding.node) return;
    this.release(uid);
    this.#holdings.set(uid, holding);
    this.#change(holding.node, (requested) => add(requested, holding.requests));
  }

  #change(node: string, change: (requested: Resources) => Resources): void {
    const requested = change(this.#requestedByNode.get(node) ?? new Map<string, number>());
    this.#requestedByNode.set(node, requested);
    const room = this.#nodes.get(node);
    if (room !== undefined) this.#nodes.set(node, { ...room, requested });
  }
}

export function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
