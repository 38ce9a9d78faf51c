import { isMissing, type Reading, type ServerReadings } from '#shared/contracts/loop.js';
import type { ManagedServer } from '../managed-server.js';
import { figures, type ReadingProvider, type SourceReadings } from './source.js';

/** Each figure from the first source that has it; where none has, the reasons of all of them. */
export function readServer(server: ManagedServer, providers: readonly ReadingProvider[], nowMs: number): SourceReadings {
  const answers = providers.map((provider) => ({ source: provider.source, ...provider.read(server, nowMs) }));
  const merged = figures.map((figure) => {
    const known = answers.find((answer) => !isMissing(answer.server[figure]));
    return [figure, known?.server[figure] ?? missingEverywhere(answers, figure)] as const;
  });
  const withPods = answers.find(({ arrivalRateByPod }) => arrivalRateByPod.size > 0);
  return {
    server: Object.fromEntries(merged) as ServerReadings,
    arrivalRateByPod: withPods?.arrivalRateByPod ?? new Map(),
  };
}

function missingEverywhere(answers: readonly (SourceReadings & { source: string })[], figure: keyof ServerReadings): Reading {
  const reasons = answers.flatMap(({ source, server }) => {
    const reading = server[figure];
    return isMissing(reading) ? [`${source}: ${reading.missing}`] : [];
  });
  return { missing: reasons.length === 0 ? 'no source is configured' : reasons.join('; ') };
}
