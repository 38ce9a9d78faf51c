import type { Verdict } from '#shared/contracts/controller.js';
import { labels } from '#shared/kube/names.js';
import type { LoopUnderTest } from './loop-under-test.js';

/** Server of each Deployment of yamls/workload. */
export const serverOf: Readonly<Record<string, string>> = {
  dep1: 'vllm-001',
  dep2: 'vllm-002',
  dep3: 'vllm-003',
  dep4: 'vllm-004',
};

const SHORT = { [labels.inTokens]: '128', [labels.outTokens]: '64' };
/** Between two whole numbers, so that the noise of arrivals, and of their lengths, does not make it another need. */
const REPLICAS_NEEDED = 3.5;
/** What a steady load needs. There may be one more, as long as one fewer would leave less than a tenth of room. */
export const STEADY_REPLICAS = Math.ceil(REPLICAS_NEEDED);

const FIRST_RATE_PER_MIN = 600;
/** Three standard deviations of 600 requests/min, counted for half a minute. */
const MEASURED_WITHIN = 0.17;

/** Changes of accelerator come at once or not at all. */
export const steadyEnv = { INFERNO_ACCELERATOR_COOLDOWN: '10' } as const;

/**
 * Gives Deployments many short requests, as many as four replicas serve with ease: what is measured then varies by a few percent, and a
 * change of the replicas has another cause than chance.
 */
export async function steadyLoad(loop: LoopUnderTest, deployments: readonly string[]): Promise<void> {
  for (const name of deployments) await loop.label(name, SHORT);
  for (const name of deployments) await offer(loop, name, FIRST_RATE_PER_MIN);
  await settled(loop, deployments);
  for (const name of deployments) await offer(loop, name, await rateFor(loop, name, REPLICAS_NEEDED));
  await settled(loop, deployments);
}

/** Changes the load of a Deployment, and waits until what is measured says so: until then all looks settled. */
export async function offer(loop: LoopUnderTest, deployment: string, ratePerMin: number): Promise<void> {
  await loop.label(deployment, { [labels.rpm]: String(ratePerMin) });
  await loop.until(`${ratePerMin} requests/min are measured at ${deployment}`, async () => {
    const { load } = await loop.explain(serverOf[deployment] ?? '');
    return 'value' in load.arrivalRate && Math.abs(load.arrivalRate.value / ratePerMin - 1) < MEASURED_WITHIN;
  });
}

/** Requests/min that so many replicas serve within the targets, on the accelerator that the server has. */
export async function rateFor(loop: LoopUnderTest, deployment: string, replicas: number): Promise<number> {
  const { optimizer } = await loop.explain(serverOf[deployment] ?? '');
  const rate = optimizer?.candidates.find(({ chosen }) => chosen)?.ratePerReplica;
  if (rate === undefined) throw new Error(`${deployment}: nothing is chosen`);
  return Math.round(replicas * rate);
}

/** Nothing is left to do for these servers, and every replica of theirs serves, two looks in a row. */
export async function settled(loop: LoopUnderTest, deployments: readonly string[]): Promise<void> {
  let seenAtCycle: number | undefined;
  await loop.until(
    `${deployments.join(', ')} have settled`,
    async () => {
      const all = await Promise.all(deployments.map((name) => loop.explain(serverOf[name] ?? '')));
      const still = all.every(
        ({ current, planned, readyReplicas, verdict }) =>
          isAtRest(verdict) && readyReplicas === current.numReplicas && planned.numReplicas === current.numReplicas,
      );
      const cycle = Math.min(...all.map((explanation) => explanation.cycle));
      if (!still) seenAtCycle = undefined;
      else seenAtCycle ??= cycle;
      return seenAtCycle !== undefined && cycle > seenAtCycle;
    },
    300_000,
  );
}

/** Kept, or held for good because one fewer would leave no room. */
function isAtRest({ action, reason }: Verdict): boolean {
  return action === 'keep' || (action === 'hold' && reason.includes('of room'));
}
