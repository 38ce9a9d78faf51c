import type { CollectProblem, KubeResource, WrittenCollectResponse } from '#shared/contracts/loop.js';
import type { ConfigMap, Deployment, Pod, ReplicaSet } from '#shared/kube/wire.js';
import { readControlState } from './control-state.js';
import { findServers } from './find-servers.js';
import type { IsCron } from './labels/schedule-annotation.js';
import { isOver, objectName, type ManagedServer } from './managed-server.js';
import { readServer } from './readings/first-known.js';
import type { ReadingProvider } from './readings/source.js';
import { replicaSpecs, serverSpec } from './server-spec.js';
import { serverStatus, unhandledDeployment, unhandledPod } from './server-status.js';
import { workersOf, type WorkerFigures } from './workers.js';

/** What is known of the cluster at one moment. */
export interface Snapshot {
  /** The managed ones. */
  deployments: readonly Deployment[];
  replicaSets: readonly ReplicaSet[];
  pods: readonly Pod[];
  /** What was paused by hand; undefined where nothing ever was. */
  control: ConfigMap | undefined;
}

/** What the snapshot is read with. */
export interface CollectSources {
  /** In the order of trust. */
  providers: readonly ReadingProvider[];
  workerFigures: WorkerFigures;
  isCron: IsCron;
}

/** The answer of `GET /collect`: servers, their pods, readings, status, and everything that could not be understood. */
export function collect(
  snapshot: Snapshot,
  { providers, workerFigures, isCron }: CollectSources,
  nowMs: number,
): WrittenCollectResponse {
  const { servers, unhandled, strays, problems } = findServers(snapshot.deployments, snapshot.replicaSets, snapshot.pods);
  const { control, problems: controlProblems } = readControlState(snapshot.control);
  const seen = servers.map((server) => {
    const readings = readServer(server, providers, nowMs);
    const { spec, problems: specProblems } = serverSpec(server, readings.server, nowMs);
    const { status, problems: statusProblems } = serverStatus(server, isCron);
    const labelProblems = [...specProblems, ...statusProblems].map((problem): CollectProblem => ({
      object: objectName(server.deployment),
      server: server.name,
      ...problem,
    }));
    return { server, readings, spec, status, problems: labelProblems };
  });
  return {
    servers: seen.map(({ spec }) => spec),
    replicas: seen.flatMap(({ server, readings }) => replicaSpecs(server, readings)),
    'kube-resources': Object.fromEntries(seen.map(({ server }) => [server.name, kubeResource(server)])),
    readings: Object.fromEntries(seen.map(({ server, readings }) => [server.name, readings.server])),
    status: Object.fromEntries(seen.map(({ server, status }) => [server.name, status])),
    workers: Object.fromEntries(seen.map(({ server }) => [server.name, workersOf(server, workerFigures, nowMs)])),
    problems: [...problems, ...seen.flatMap((one) => one.problems), ...controlProblems],
    unhandled: [...unhandled.map(unhandledDeployment), ...strays.filter((pod) => !isOver(pod)).map(unhandledPod)],
    control,
    at: nowMs,
  };
}

function kubeResource({ deployment: { metadata } }: ManagedServer): KubeResource {
  return { uid: metadata?.uid ?? '', name: metadata?.name ?? '', space: metadata?.namespace ?? '' };
}
