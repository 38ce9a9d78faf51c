import { ContractError, type ContractIssue } from '#shared/contracts/contract-error.js';
import type { AcceleratorData, AcceleratorSpec, CapacityData, ModelData } from '#shared/contracts/system-data.js';
import { CARD_RESOURCE_PREFIX, NODE_ACCELERATOR_LABEL } from '#shared/kube/names.js';

export interface NodeLayoutInput {
  accelerators: AcceleratorData;
  capacity: CapacityData;
  models: ModelData;
  /** Most nodes that the cards of one type are spread over. */
  nodesPerType?: number;
}

/** A node as it follows from the data. */
export interface NodePlan {
  name: string;
  type: string;
  cards: number;
  /** Labels beyond those that every node has. */
  labels: Record<string, string>;
  /** Extended resource → how many of it the node has. */
  resources: Record<string, number>;
}

const DEFAULT_NODES_PER_TYPE = 4;
const CARDS_PER_MACHINE = 8;
/** What is a label's value and the second half of a resource's name alike. */
const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/**
 * Spreads the cards of each type over a few nodes, as many per node as whole machines of 8 hold and as the largest replica needs.
 * Few nodes, because each costs a heartbeat every 10 s: 1024 cards are 4 nodes of 256, not 128 machines of 8; 20 cards are nodes of
 * 8, 8 and 4. Accelerators of one type (A100, 4xA100) share its nodes. A type of zero cards has no node.
 * @throws ContractError for a type that can be no label value
 */
export function planNodes(input: NodeLayoutInput): NodePlan[] {
  const { nodesPerType = DEFAULT_NODES_PER_TYPE } = input;
  rejectBadTypes(input.capacity);
  const taken = new Set<string>();
  return input.capacity.count.flatMap(({ type, count }) => {
    const accelerators = input.accelerators.accelerators.filter((item) => item.type === type);
    const baseName = uniqueName(type, taken);
    return splitCards(count, largestReplica(accelerators, input.models), nodesPerType).map((cards, index) => ({
      name: `${baseName}-${index}`,
      type,
      cards,
      labels: nodeLabels(type, accelerators),
      resources: nodeResources(type, cards, accelerators),
    }));
  });
}

function splitCards(count: number, largest: number, nodesPerType: number): number[] {
  const unit = Math.ceil(largest / CARDS_PER_MACHINE) * CARDS_PER_MACHINE;
  const perNode = Math.ceil(Math.ceil(count / nodesPerType) / unit) * unit;
  const nodes: number[] = [];
  for (let left = count; left > 0; left -= perNode) nodes.push(Math.min(left, perNode));
  return nodes;
}

/** Cards of the largest replica that any model may have on this type: it must fit one node. */
function largestReplica(accelerators: readonly AcceleratorSpec[], models: ModelData): number {
  const multiplicity = new Map(accelerators.map((item) => [item.name, item.multiplicity]));
  const sizes = models.models.map((model) => Math.max(1, model.accCount) * (multiplicity.get(model.acc) ?? 0));
  return Math.max(CARDS_PER_MACHINE, ...sizes);
}

function nodeLabels(type: string, accelerators: readonly AcceleratorSpec[]): Record<string, string> {
  const own: Record<string, string> = {};
  // Where two accelerators of a type select by different values of a key, a node can bear only one: the first in the file.
  for (const { nodeSelector } of [...accelerators].reverse()) Object.assign(own, nodeSelector);
  return { ...own, [NODE_ACCELERATOR_LABEL]: type };
}

function nodeResources(type: string, cards: number, accelerators: readonly AcceleratorSpec[]): Record<string, number> {
  const resources: Record<string, number> = { [`${CARD_RESOURCE_PREFIX}${type}`]: cards };
  for (const { resource, multiplicity } of accelerators) {
    if (resource === undefined) continue;
    const units = Math.floor((cards * resource.count) / multiplicity);
    resources[resource.name] = Math.max(resources[resource.name] ?? 0, units);
  }
  return resources;
}

function uniqueName(type: string, taken: Set<string>): string {
  const slug = type.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  let name = slug;
  for (let suffix = 2; taken.has(name); suffix++) name = `${slug}-${suffix}x`;
  taken.add(name);
  return name;
}

function rejectBadTypes(capacity: CapacityData): void {
  const issues = capacity.count.flatMap(({ type }, index): ContractIssue[] =>
    LABEL_VALUE.test(type)
      ? []
      : [
          {
            source: 'capacity-data.json',
            path: `count[${index}].type`,
            value: JSON.stringify(type),
            message: 'must be a Kubernetes label value: up to 63 of A-Z a-z 0-9 - _ . with a letter or digit at both ends',
          },
        ],
  );
  if (issues.length > 0) throw new ContractError(issues);
}
