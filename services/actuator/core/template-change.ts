import { z } from 'zod';
import type { Placement } from '#shared/contracts/loop.js';
import { labelOrAnnotation, labels, NODE_ACCELERATOR_LABEL } from '#shared/kube/names.js';
import { parseJson } from '#shared/kube/parse-json.js';
import type { Deployment, PodTemplateSpec } from '#shared/kube/wire.js';
import { templateOf, type Container } from './deployment-state.js';
import { labelChange } from './label-change.js';
import { maxNumSeqs, withMaxNumSeqs } from './max-num-seqs.js';
import { extendedResources, modelContainer } from './model-container.js';
import { diffContainer, type MapPatch, type TemplatePatch } from './patch.js';
import { applyOverrides, replacedSchema, undoOverrides } from './pod-overrides.js';

/**
 * Annotation of the Deployment: which selector keys came with the accelerator, and what its pod overrides replaced. JSON. It is not part
 * of the template, so that a change taken back gives the very template from before, whose pods still run.
 */
const PLACED_ANNOTATION = 'inferno.server.allocation.placed';

const placedSchema = z.object({
  selectorKeys: z.array(z.string()).default([]),
  replaced: replacedSchema.default({ args: {}, env: {} }),
});
type Placed = z.infer<typeof placedSchema>;

interface Place {
  placement: Placement;
  /** The model's entry of the placement. */
  need: Placement['models'][string];
}

/** What the pods are to be. */
export interface PodTarget {
  accelerator: string;
  /** Undefined: where they are. */
  place: Place | undefined;
  /** 0: as it is. */
  maxBatch: number;
}

export interface TemplateChange {
  patch: TemplatePatch;
  /** Annotations of the Deployment that go with it. */
  annotations: MapPatch;
  /** Whether the pods move to another accelerator (else only their arguments change). */
  moves: boolean;
  reasons: string[];
}

/**
 * The change of the pod template that the target needs; undefined where its pods are as wanted already. The template is left alone
 * in all that neither accelerator nor max batch asks for.
 * @param knownPlacements placements whose selector keys and cards may be left over from an earlier accelerator
 */
export function templateChange(
  deployment: Deployment,
  target: PodTarget,
  knownPlacements: readonly Placement[],
): TemplateChange | undefined {
  const template = templateOf(deployment);
  const before = modelContainer(template);
  if (before === undefined) return undefined;
  const batchBefore = maxNumSeqs(before);
  const { accelerator, place } = target;
  const placed =
    place === undefined || runsOn(deployment, before, accelerator, place, knownPlacements)
      ? undefined
      : moveTo(deployment, before, accelerator, place, knownPlacements);
  const moves = placed !== undefined;
  const moved = placed?.container ?? before;
  const after = target.maxBatch > 0 ? withMaxNumSeqs(moved, target.maxBatch) : moved;
  const batchAfter = maxNumSeqs(after);
  if (!moves && batchAfter === batchBefore) return undefined;

  const container = diffContainer(before, after);
  return {
    moves,
    reasons: [
      ...(moves ? [moveReason(acceleratorNow(deployment), accelerator)] : []),
      ...(batchAfter === batchBefore ? [] : [`max batch ${batchBefore ?? 'unset'} → ${batchAfter ?? 'unset'}`]),
    ],
    annotations: placed?.annotations ?? {},
    patch: {
      ...(placed === undefined ? {} : { metadata: placed.metadata }),
      spec: {
        ...(placed === undefined ? {} : { nodeSelector: placed.nodeSelector }),
        containers: [placed === undefined ? container : { ...container, resources: placed.resources }],
      },
    },
  };
}

function moveReason(from: string | undefined, to: string): string {
  return from === to ? `pod template put right for accelerator ${to}` : `accelerator ${from ?? 'unknown'} → ${to}`;
}

/** Accelerator by what the pods run: the template's own label; without one, the Deployment's. */
export function acceleratorNow(deployment: Deployment): string | undefined {
  return (
    labelOrAnnotation(templateOf(deployment).metadata, labels.accelerator) ??
    labelOrAnnotation(deployment.metadata, labels.accelerator)
  );
}

/**
 * Whether the template's pods are on an accelerator. Selector and cards of the template must not say otherwise, nor may it ask for the
 * cards of another one besides: no node has both. A template that names no accelerator at all (manifests of other tools) is believed
 * to be what the Deployment's label says.
 */
function runsOn(
  deployment: Deployment,
  container: Container,
  accelerator: string,
  place: Place,
  knownPlacements: readonly Placement[],
): boolean {
  const template = templateOf(deployment);
  const selector = template.spec?.nodeSelector ?? {};
  const wanted = Object.entries(place.placement.nodeSelector);
  const cards = cardsOf(container, place.placement.resource.name);
  if (wanted.some(([key, value]) => selector[key] !== undefined && selector[key] !== value)) return false;
  if (cards !== undefined && cards !== cardsNeeded(place)) return false;
  const foreign = knownPlacements.map(({ resource }) => resource.name).filter((name) => name !== place.placement.resource.name);
  if (foreign.some((name) => (cardsOf(container, name) ?? 0) !== 0)) return false;

  const label = labelOrAnnotation(template.metadata, labels.accelerator);
  if (label !== undefined) return label === accelerator;
  const isPlaced = wanted.length > 0 && cards !== undefined && wanted.every(([key, value]) => selector[key] === value);
  return isPlaced || labelOrAnnotation(deployment.metadata, labels.accelerator) === accelerator;
}

function cardsNeeded({ placement, need }: Place): number {
  return placement.resource.count * need.accCount;
}

function cardsOf(container: Container, resource: string): number | undefined {
  const quantity = container.resources?.limits?.[resource] ?? container.resources?.requests?.[resource];
  return quantity === undefined ? undefined : Number(quantity);
}

function moveTo(
  deployment: Deployment,
  before: Container,
  accelerator: string,
  place: Place,
  knownPlacements: readonly Placement[],
) {
  const { placement, need } = place;
  const template = templateOf(deployment);
  const earlier = placedOf(deployment);
  const { container, replaced } = applyOverrides(undoOverrides(before, earlier.replaced), need.pod ?? {});
  const placed: Placed = { selectorKeys: Object.keys(placement.nodeSelector), replaced };
  const label = labelChange(template.metadata, labels.accelerator, accelerator);
  return {
    container,
    metadata: label,
    annotations: { [PLACED_ANNOTATION]: JSON.stringify(placed) },
    nodeSelector: selectorPatch(template, placement, [
      NODE_ACCELERATOR_LABEL,
      ...earlier.selectorKeys,
      ...knownPlacements.flatMap((known) => Object.keys(known.nodeSelector)),
    ]),
    resources: cardsPatch(before, place),
  };
}

function placedOf({ metadata }: Deployment): Placed {
  const parsed = placedSchema.safeParse(parseJson(metadata?.annotations?.[PLACED_ANNOTATION] ?? '{}'));
  return parsed.success ? parsed.data : { selectorKeys: [], replaced: { args: {}, env: {} } };
}

/** A strategic merge keeps keys that it does not name: those of the earlier accelerator are set to null, all others stay. */
function selectorPatch(template: PodTemplateSpec, placement: Placement, placementKeys: readonly string[]): MapPatch {
  const present = Object.keys(template.spec?.nodeSelector ?? {});
  const leftOver = present.filter((key) => placementKeys.includes(key));
  return { ...Object.fromEntries(leftOver.map((key) => [key, null])), ...placement.nodeSelector };
}

/**
 * The cards of the new accelerator in place of all others. The API itself fills in requests from limits, so they are set only where they
 * stand: a change taken back then gives the very template from before.
 */
function cardsPatch(container: Container, place: Place): { limits: MapPatch; requests?: MapPatch } {
  const replaced = (present: Readonly<Record<string, string>> | undefined): MapPatch => ({
    ...Object.fromEntries(extendedResources(present).map((name) => [name, null])),
    [place.placement.resource.name]: String(cardsNeeded(place)),
  });
  const { limits, requests } = container.resources ?? {};
  return { limits: replaced(limits), ...(extendedResources(requests).length > 0 ? { requests: replaced(requests) } : {}) };
}
