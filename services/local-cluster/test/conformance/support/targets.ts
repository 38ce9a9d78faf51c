import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { realClock } from '#shared/clock/real-clock.js';
import { silentLogger } from '#shared/observe/logger.js';
import { findKubeTools } from '#shared/testing/kube-tools.js';
import { startRealControlPlane } from '#shared/testing/real-control-plane.js';
import { startApiServer } from '../../../api/api-server.js';
import { startControllers } from '../../../controllers/start-controllers.js';

/** A running cluster that the suite can be pointed at. It has no kubelet: the suite plays it. */
export interface TargetCluster {
  readonly kubeconfigPath: string;
  /** Forgets the history of all objects, where that can be asked for. */
  compact?(): Promise<void>;
  stop(): Promise<void>;
}

export type TargetName = 'embedded' | 'real';

export interface Target {
  readonly name: TargetName;
  /** What this machine lacks for it. */
  readonly missing?: string;
}

const hourMs = 3_600_000;

/**
 * The targets of this run, from INFERNO_CONFORMANCE_TARGET: embedded (the default), real or both.
 * @throws Error when a program is missing and INFERNO_REQUIRE_TOOLS=1
 */
export async function targetsOfThisRun(): Promise<readonly Target[]> {
  const wanted = process.env['INFERNO_CONFORMANCE_TARGET'] ?? 'embedded';
  if (!['embedded', 'real', 'both'].includes(wanted)) {
    throw new Error(`INFERNO_CONFORMANCE_TARGET=${wanted}: must be embedded, real or both`);
  }
  const targets: Target[] = wanted === 'real' ? [] : [{ name: 'embedded' }];
  if (wanted === 'embedded') return targets;
  const tools = await findKubeTools();
  return [...targets, { name: 'real', ...('missing' in tools ? tools : {}) }];
}

export function startTarget(name: TargetName): Promise<TargetCluster> {
  return name === 'real' ? startReal() : startEmbedded();
}

async function startReal(): Promise<TargetCluster> {
  const controlPlane = await startRealControlPlane();
  if ('missing' in controlPlane) throw new Error(controlPlane.missing);
  return controlPlane;
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
