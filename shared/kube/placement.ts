import type { Placement } from '#shared/contracts/loop.js';
import type { AcceleratorSpec, ModelData } from '#shared/contracts/system-data.js';
import { CARD_RESOURCE_PREFIX, NODE_ACCELERATOR_LABEL } from './names.js';

/**
 * Where pods on an accelerator go. Unless the data say otherwise: nodes labelled with the accelerator's type, and as many
 * of the extended resource `inferno.io/<type>` as the accelerator has cards.
 */
export function placementOf(accelerator: AcceleratorSpec, modelData: ModelData): Placement {
  const models = modelData.models.filter((model) => model.acc === accelerator.name);
  return {
    nodeSelector: accelerator.nodeSelector ?? { [NODE_ACCELERATOR_LABEL]: accelerator.type },
    resource: accelerator.resource ?? { name: `${CARD_RESOURCE_PREFIX}${accelerator.type}`, count: accelerator.multiplicity },
    models: Object.fromEntries(
      models.map((model) => [
        model.name,
        { accCount: Math.max(1, model.accCount), ...(model.pod === undefined ? {} : { pod: model.pod }) },
      ]),
    ),
  };
}
