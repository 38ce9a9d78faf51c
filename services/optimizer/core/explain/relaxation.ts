import type { RelaxedTargets, Relaxation } from '#shared/contracts/fleet-summary.js';
import type { ServerSpec } from '#shared/contracts/system-data.js';
import { buildCandidates, type CandidateContext } from '../candidates/build-candidates.js';
import { isCandidate, isCapped, type Candidate, type Rejected } from '../candidates/candidate.js';
import type { CurrentState } from '../candidates/current-state.js';
import { sizeWithBatch } from '../candidates/size-with-batch.js';
import type { OfferedLoad } from '../offered-load.js';
import { compareText } from '../order.js';
import { relaxTo } from '../sizing/relax-to.js';
import { curveOf } from '../sizing/replica-curve.js';
import type { Targets } from '../sizing/size-replica.js';
import { figure, percentileName } from './figure.js';

/** A server whose targets no accelerator meets. */
export interface InfeasibleServer {
  readonly server: ServerSpec;
  readonly current: CurrentState;
  readonly load: Exclude<OfferedLoad, { kind: 'unknown' }>;
  readonly targets: Targets;
  /** What speaks against each accelerator. */
  readonly all: readonly (Candidate | Rejected)[];
}

/** Further relaxations, with several requests at a time in a replica, are not looked for. */
const TOO_MANY = 'relaxed to what a nearly idle replica comes to it would take more replicas than it may have';

/**
 * The least that the latency targets of a server would have to be relaxed so that an accelerator meets them: to what a nearly idle
 * replica there comes to, with the same sizing that found them missed. Where `keepAccelerator` stands in the way, also what would do
 * without it. A target for tokens/s is met by more replicas on any accelerator, and so never relaxed.
 */
export function relaxationOf(context: CandidateContext, infeasible: InfeasibleServer): Relaxation {
  const { server, current, targets, all } = infeasible;
  const least = leastOf(context, infeasible);
  const keeps = server.keepAccelerator && current.accelerator !== '';
  const free = keeps ? leastOf(context, { ...infeasible, server: { ...server, keepAccelerator: false } }) : null;
  const without = free !== null && (least === null || free.factor < least.factor) ? free : null;
  const text = [
    least === null
      ? `${optionsOf(context, infeasible).length > 0 ? TOO_MANY : 'no other targets would do'}: ${reasonsOf(all) || `no data for ${keeps ? current.accelerator : 'any accelerator'}`}`
      : relaxedText(targets, least),
    ...(without === null ? [] : [`without keepAccelerator ${relaxedText(targets, without)}`]),
  ].join('; ');
  return {
    server: server.name,
    targets: wireTargets(targets),
    least,
    ...(without === null ? {} : { withoutKeepAccelerator: without }),
    text,
  };
}

/** For a server that there is nothing to relax of. */
export function noRelaxation(server: string, targets: Targets | null, why: string): Relaxation {
  return {
    server,
    targets: targets === null ? null : wireTargets(targets),
    least: null,
    text: `no other targets would do: ${why}`,
  };
}

export function wireTargets({ itlMs, ttftMs, tokensPerSec, percentile }: Targets): NonNullable<Relaxation['targets']> {
  const targets = { itl: itlMs, ttft: ttftMs, tps: tokensPerSec };
  return percentile === undefined ? targets : { ...targets, percentile };
}

interface Option {
  readonly accelerator: string;
  readonly factor: number;
  readonly relaxed: Targets;
}

/** The least option that stands when candidates are built with its targets. */
function leastOf(context: CandidateContext, { server, current, load, targets }: InfeasibleServer): RelaxedTargets | null {
  for (const { accelerator, factor, relaxed } of optionsOf(context, { server, current, load, targets })) {
    const { eligible } = buildCandidates(context, server, current, load, relaxed);
    const candidate = eligible.find(({ placement }) => placement.accelerator === accelerator);
    // A maximum that cuts it leaves it short of these targets too.
    if (candidate !== undefined && !isCapped(candidate)) {
      return { ...wireTargets(relaxed), accelerator, factor, numReplicas: candidate.neededReplicas };
    }
  }
  return null;
}

/** Of each accelerator that latencies are known of, the least factor first. */
function optionsOf(
  { catalogue, sizer, batchRule }: CandidateContext,
  { server, current, load, targets }: Omit<InfeasibleServer, 'all'>,
): Option[] {
  const { shape } = load;
  if (shape === null) return [];
  const sizeOn = sizeWithBatch(sizer, { server, current, shape, targets, batchRule });
  const isKept = server.keepAccelerator && current.accelerator !== '';
  return catalogue
    .placements(server.model)
    .filter(({ accelerator }) => !isKept || accelerator === current.accelerator)
    .flatMap((placement) => {
      const { kept, best } = sizeOn(placement);
      return [kept, best].flatMap((sized) => {
        const replica = sized?.replica ?? null;
        const curve = replica && curveOf(placement, replica);
        return curve === null ? [] : [{ accelerator: placement.accelerator, ...relaxTo(curve, targets) }];
      });
    })
    .sort((a, b) => a.factor - b.factor || compareText(a.accelerator, b.accelerator));
}

/** `slo-itl 40 → 61.18 ms and slo-ttft 200 → 250.1 ms on H100 (1.53 times, 3 replicas)` */
function relaxedText(targets: Targets, { accelerator, factor, itl, ttft, numReplicas }: RelaxedTargets): string {
  const of = targets.percentile === undefined ? '' : ` ${percentileName(targets.percentile)}`;
  const changes = [
    ...(itl > targets.itlMs ? [`slo-itl${of} ${targets.itlMs} → ${itl} ms`] : []),
    ...(ttft > targets.ttftMs ? [`slo-ttft${of} ${targets.ttftMs} → ${ttft} ms`] : []),
  ];
  const replicas = `${numReplicas} ${numReplicas === 1 ? 'replica' : 'replicas'}`;
  if (changes.length === 0) return `${accelerator} meets them as they are (${replicas})`;
  return `${changes.join(' and ')} on ${accelerator} (${figure(factor)} times, ${replicas})`;
}

/** `no parameters (A100, H100); none allowed: no node found (L4)` */
function reasonsOf(all: readonly (Candidate | Rejected)[]): string {
  const byText = new Map<string, string[]>();
  for (const item of all) {
    if (isCandidate(item) || item.rejection.code === 'keep-accelerator') continue;
    const accelerators = byText.get(item.rejection.text) ?? [];
    byText.set(item.rejection.text, [...accelerators, item.accelerator]);
  }
  return [...byText].map(([text, accelerators]) => `${text} (${accelerators.join(', ')})`).join('; ');
}
