import type { ContractIssue } from './contract-error.js';
import type { OptimizerData } from './system-data.js';

/** Why a Deployment cannot have what a plan with `heterogeneous` may give a server. */
export const ONE_TEMPLATE = 'one Deployment has one template, so one accelerator; mixtures are for plans only';

/** What data files may ask of a plan and not of the loop, which acts on the answers. */
export function onlyForPlans({ optimizerData }: { readonly optimizerData: OptimizerData }): ContractIssue[] {
  if (!optimizerData.optimizer.heterogeneous) return [];
  return [
    { source: 'optimizer-data.json', path: 'optimizer.heterogeneous', value: 'true', message: `must be false: ${ONE_TEMPLATE}` },
  ];
}
