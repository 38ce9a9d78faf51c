import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { realClock } from '#shared/clock/real-clock.js';
import { silentLogger } from '#shared/observe/logger.js';
import type { MissingTools } from '#shared/testing/kube-tools.js';
import { startRealControlPlane } from '#shared/testing/real-control-plane.js';
import { startApiServer } from '../../../api/api-server.js';
import { startControllers } from '../../../controllers/start-controllers.js';

/** A running cluster that the suite can be pointed at. It has no kubelet: the suite plays it. */
export interface TargetCluster {
  readonly kubeconfigPath: string;
  stop(): Promise<void>;
}

export type TargetName = 'embedded' | 'real';

const hourMs = 3_600_000;
const starts: Record<TargetName, () => Promise<TargetCluster | MissingTools>> = {
  embedded: startEmbedded,
  real: startRealControlPlane,
};

/** The targets of this run, from INFERNO_CONFORMANCE_TARGET: embedded (the default), real or both. */
export function targetsOfThisRun(): readonly TargetName[] {
  const wanted = process.env['INFERNO_CONFORMANCE_TARGET'] ?? 'embedded';
  if (wanted === 'both') return ['embedded', 'real'];
  if (wanted === 'embedded' || wanted === 'real') return [wanted];
  throw new Error(`INFERNO_CONFORMANCE_TARGET=${wanted}: must be embedded, real or both`);
}

export function startTarget(name: TargetName): Promise<TargetCluster | MissingTools> {
  return starts[name]();
}

async function startEmbedded(): Promise<TargetCluster> {
  const dataDir = await mkdtemp(join(tmpdir(), 'inferno-conformance-'));
  const api = await startApiServer({ dataDir });
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(api.kubeconfigPath);
  // Nobody sends heartbeats for the nodes of the suite.
  const controllers = await startControllers({ kubeConfig, clock: realClock, logger: silentLogger, nodeGraceMs: hourMs });
  return {
    kubeconfigPath: api.kubeconfigPath,
    stop: async () => {
      await controllers.stop();
      await api.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
