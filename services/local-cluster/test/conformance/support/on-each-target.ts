import { ConformanceCluster } from './conformance-cluster.js';
import { startTarget, targetsOfThisRun } from './targets.js';
import type { TargetName } from './targets.js';

/** More than a case waits in all: what is late is to be told by the expectation that was not met. */
const caseTimeoutMs = 180_000;
/** More than a control plane may take to start. */
const startTimeoutMs = 180_000;

const targets = await orFailingTest('the targets of this run', targetsOfThisRun());
/** One cluster per target for the whole run, started when the first case needs it. */
const clusters = new Map<TargetName, Promise<ConformanceCluster>>();

after('the clusters of the conformance suite stop', async function () {
  this.timeout(startTimeoutMs);
  // One that did not start has failed its cases already, and must not keep the other one running.
  for (const started of await Promise.allSettled(clusters.values())) {
    if (started.status === 'fulfilled') await started.value.stop();
  }
});

/**
 * Declares the same cases for every target of this run. `cluster()` is the target, inside a case or hook. Where the programs of a
 * target are missing its cases are skipped, under a title that says what is missing.
 */
export function onEachTarget(title: string, cases: (cluster: () => ConformanceCluster) => void): void {
  for (const { name, missing } of targets) {
    const declare = missing === undefined ? describe : describe.skip;
    declare(`${name} cluster: ${title}${missing === undefined ? '' : ` (${missing})`}`, function () {
      this.timeout(caseTimeoutMs);
      let cluster: ConformanceCluster | undefined;

      before(async function () {
        this.timeout(startTimeoutMs);
        cluster = await clusterOf(name);
      });

      cases(() => {
        if (cluster === undefined) throw new Error('a cluster exists inside cases and hooks only');
        return cluster;
      });
    });
  }
}

/** What has to be known before cases are declared. mocha hides an error of that time, so it becomes the failure of a test. */
export async function orFailingTest<T>(title: string, known: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await known;
  } catch (cause) {
    it(title, () => {
      throw cause;
    });
    return [];
  }
}

function clusterOf(name: TargetName): Promise<ConformanceCluster> {
  const cluster = clusters.get(name) ?? startCluster(name);
  clusters.set(name, cluster);
  return cluster;
}

async function startCluster(name: TargetName): Promise<ConformanceCluster> {
  const target = await startTarget(name);
  const cluster = new ConformanceCluster(target);
  try {
    await cluster.start();
  } catch (error) {
    await target.stop();
    throw error;
  }
  return cluster;
}
