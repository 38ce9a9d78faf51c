import { startRealControlPlane } from '#shared/testing/real-control-plane.js';
import type { MissingTools } from '#shared/testing/kube-tools.js';

/** A running cluster that the suite can be pointed at. */
export interface TargetCluster {
  readonly kubeconfigPath: string;
  stop(): Promise<void>;
}

export type TargetName = 'embedded' | 'real';

const start: Record<TargetName, () => Promise<TargetCluster | MissingTools>> = {
  real: startRealControlPlane,
  embedded: startEmbedded,
};

/** The targets of this run, from INFERNO_CONFORMANCE_TARGET: embedded (the default), real or both. */
export function targetsOfThisRun(): readonly TargetName[] {
  const wanted = process.env['INFERNO_CONFORMANCE_TARGET'] ?? 'embedded';
  if (wanted === 'both') return ['embedded', 'real'];
  if (wanted === 'embedded' || wanted === 'real') return [wanted];
  throw new Error(`INFERNO_CONFORMANCE_TARGET=${wanted}: must be embedded, real or both`);
}

export function startTarget(name: TargetName): Promise<TargetCluster | MissingTools> {
  return start[name]();
}

function startEmbedded(): Promise<MissingTools> {
  return Promise.resolve({ missing: 'embedded: not there yet' });
}
