import { ConformanceCluster } from './conformance-cluster.js';
import { startTarget, targetsOfThisRun } from './targets.js';
import type { TargetName } from './targets.js';
import type { MissingTools } from '#shared/testing/kube-tools.js';

const caseTimeoutMs = 60_000;
const startTimeoutMs = 90_000;

/** One cluster per target for the whole run, started when the first case needs it. */
const clusters = new Map<TargetName, Promise<ConformanceCluster | MissingTools>>();

after('the clusters of the conformance suite stop', async function () {
  this.timeout(startTimeoutMs);
  for (const starting of clusters.values()) {
    const cluster = await starting;
    if (!('missing' in cluster)) await cluster.stop();
  }
});

/**
 * Declares the same cases for every target of this run. `cluster()` is the target inside a case or hook. Without the programs of a real
 * control plane its cases are skipped, and the title says what is missing.
 */
export function onEachTarget(title: string, cases: (cluster: () => ConformanceCluster) => void): void {
  for (const target of targetsOfThisRun()) {
    describe(`${target} cluster: ${title}`, function () {
      this.timeout(caseTimeoutMs);
      let cluster: ConformanceCluster | undefined;

      before(async function () {
        this.timeout(startTimeoutMs);
        const started = await clusterOf(target);
        if ('missing' in started) {
          if (this.test?.parent !== undefined) this.test.parent.title += ` (${started.missing})`;
          this.skip();
        } else cluster = started;
      });

      cases(() => {
        if (cluster === undefined) throw new Error('a cluster exists inside cases and hooks only');
        return cluster;
      });
    });
  }
}

function clusterOf(target: TargetName): Promise<ConformanceCluster | MissingTools> {
  let cluster = clusters.get(target);
  if (cluster === undefined) {
    cluster = startTarget(target).then(async (started) => {
      if ('missing' in started) return started;
      const ready = new ConformanceCluster(started);
      try {
        await ready.start();
      } catch (error) {
        await started.stop();
        throw error;
      }
      return ready;
    });
    clusters.set(target, cluster);
  }
  return cluster;
}
