import { readLoadLabels } from '../labels/load-labels.js';
import { allMissing, type ReadingProvider } from './source.js';

/** The load that a Deployment's labels declare: what there is without metrics, and what the load emulator writes. */
export const labelSource: ReadingProvider = {
  source: 'labels',
  read: ({ deployment }, nowMs) => {
    const { arrivalRate, avgInTokens, avgOutTokens } = readLoadLabels(deployment.metadata, nowMs);
    return {
      server: { ...allMissing('labels do not tell it'), arrivalRate, avgInTokens, avgOutTokens },
      arrivalRateByPod: new Map(),
    };
  },
};
