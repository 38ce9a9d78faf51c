import { cycleStages, type CycleRecord, type CycleStage } from '#shared/contracts/controller.js';

/** The stages that a cycle came to: those before the one that failed, less those for which there was nothing to do. */
export function enteredStages({ failedStage, solver, results }: CycleRecord): CycleStage[] {
  const until = failedStage === null ? cycleStages.length : cycleStages.indexOf(failedStage) + 1;
  return cycleStages.slice(0, until).filter((stage) => {
    if (stage === failedStage) return true;
    if (stage === 'optimize') return solver !== null;
    return stage !== 'actuate' || Object.keys(results).length > 0;
  });
}
