import { loadDataFiles } from '#shared/contracts/load-data-files.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';

const dataNames = ['acceleratorData', 'capacityData', 'modelData', 'serviceClassData', 'serverData', 'optimizerData'] as const;

/**
 * A sample data set, its servers repeated with the capacity scaled along.
 * @param varied each copy of a server gets requests of its own size and rate, so that no sizing serves two of them
 */
export async function sampleProblem(set: string, copies = 1, varied = false): Promise<SystemSpec> {
  const { value } = await loadDataFiles(`sample-data/${set}`, dataNames);
  if (copies === 1) return value;
  const servers = Array.from({ length: copies }, (_, copy) =>
    value.serverData.servers.map((server) => {
      const load = server.currentAlloc?.load;
      const factor = varied ? 1 + copy / (4 * copies) : 1;
      return {
        ...server,
        name: `${server.name}-${copy}`,
        currentAlloc: {
          ...{ accelerator: '', numReplicas: 0, maxBatch: 0, cost: 0, itlAverage: 0, ttftAverage: 0 },
          load: {
            arrivalRate: (load?.arrivalRate ?? 0) * factor,
            avgInTokens: (load?.avgInTokens ?? 0) + (varied ? copy : 0),
            avgOutTokens: (load?.avgOutTokens ?? 0) - (varied ? copy : 0),
          },
        },
      };
    }),
  ).flat();
  const count = value.capacityData.count.map((item) => ({ ...item, count: item.count * copies }));
  return { ...value, capacityData: { count }, serverData: { servers } };
}
