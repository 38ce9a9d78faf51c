import type { EngineSample } from './engine-sample.js';

/** Everything that is known of one pod's engine. */
export interface PodHistory {
  /** When its container started, ms since the epoch; undefined: not known. */
  startedAt: number | undefined;
  /** Since when it has been ready without a break, ms since the epoch; undefined: not known. */
  readyAt: number | undefined;
  /** In the order of time; those that the window can still use. */
  samples: readonly EngineSample[];
  /** Why the last try gave no sample; undefined after a good one. */
  lastFailure: string | undefined;
  /** Time of the last try, ms since the epoch. */
  triedAt: number;
}

export interface SampleStore {
  addSample(pod: PodIdentity, sample: EngineSample): void;
  addFailure(pod: PodIdentity, reason: string, at: number): void;
  /** Histories of a Deployment's pods, by pod uid, those that are gone included while the window reaches back to them. */
  ofDeployment(deploymentUid: string): ReadonlyMap<string, PodHistory>;
  /** Forgets what no window reaches any more. */
  forget(nowMs: number): void;
}

export interface PodIdentity {
  uid: string;
  deploymentUid: string;
  startedAt: number | undefined;
  readyAt: number | undefined;
}

/** Samples of every pod over a window, in memory. One sample before the window is kept: growth is counted from it. */
export function createSampleStore(windowMs: number): SampleStore {
  const byDeployment = new Map<string, Map<string, PodHistory>>();

  function update(pod: PodIdentity, change: (history: PodHistory) => Partial<PodHistory>): void {
    const { uid, deploymentUid, startedAt, readyAt } = pod;
    const siblings = byDeployment.get(deploymentUid) ?? new Map<string, PodHistory>();
    const history = siblings.get(uid) ?? { startedAt, readyAt, samples: [], lastFailure: undefined, triedAt: 0 };
    byDeployment.set(deploymentUid, siblings.set(uid, { ...history, startedAt, readyAt, ...change(history) }));
  }

  return {
    addSample: (pod, sample) =>
      update(pod, ({ samples }) => ({
        samples: within([...samples, sample], sample.at - windowMs),
        lastFailure: undefined,
        triedAt: sample.at,
      })),
    addFailure: (pod, lastFailure, at) => update(pod, () => ({ lastFailure, triedAt: at })),
    ofDeployment: (deploymentUid) => byDeployment.get(deploymentUid) ?? new Map(),
    forget: (nowMs) => {
      for (const [deploymentUid, siblings] of byDeployment) {
        for (const [uid, { triedAt }] of siblings) if (triedAt < nowMs - windowMs) siblings.delete(uid);
        if (siblings.size === 0) byDeployment.delete(deploymentUid);
      }
    },
  };
}

function within(samples: readonly EngineSample[], startMs: number): EngineSample[] {
  const firstInside = samples.findIndex(({ at }) => at > startMs);
  return samples.slice(Math.max(0, firstInside - 1));
}
