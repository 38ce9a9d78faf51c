import type { Verdict, VerdictAction } from '#shared/contracts/controller.js';
import type { Explanation } from '#shared/contracts/optimizer.js';
import type { Targets } from './facts.js';
import { figure, targetText } from './figure.js';
import type { Hold } from './holds.js';
import type { BatchWish, WaitingBatch } from './max-batch.js';
import { boundText } from './scheduled-bounds.js';
import type { Placement, ServerView } from './server-view.js';
import type { Step } from './steps.js';

export interface VerdictInput {
  readonly view: ServerView;
  readonly step: Step;
  readonly hold: Hold | undefined;
  /** Of the solve that the plan follows. */
  readonly explanation: Explanation | undefined;
  readonly predicted: { readonly itl: number; readonly ttft: number } | null;
  /** What the solver would want without the holds that can be lifted, with the max batch that runs. */
  readonly unheld: Placement | undefined;
  /** Accelerators that it did not get because their type counts as exhausted, in words. */
  readonly shortage: readonly string[];
  /** The max batch that is wanted, now or once it may. */
  readonly batch: BatchWish | WaitingBatch | undefined;
}

/** Names what happens to a server, and why, with the numbers behind it. */
export function verdictOf(input: VerdictInput): Verdict {
  const { view, step, hold, explanation, unheld, shortage } = input;
  const { planned, limit } = step;
  const action = actionOf(view.asked, planned, explanation);
  const bites = hold !== undefined && holdBites(hold, planned, unheld) ? hold : undefined;
  const because = [scheduledText(input), limit?.reason, bites?.reason, view.stuck, ...shortage, batchText(input)].filter(
    (text) => text !== undefined,
  );
  const code = limit?.code ?? bites?.code ?? (view.stuck === undefined ? null : 'start-timeout');
  if (action === undefined) {
    const stays = `stays at ${shareText(view.asked)}`;
    if (code !== null) {
      return { action: 'hold', hold: code, reason: `${stays}: ${because.join('; ')}` };
    }
    return { action: 'keep', hold: null, reason: [`${stays}: ${whyRight(input)}`, ...because].join('; ') };
  }
  const change = changeText(view.asked, planned);
  const reason = [`${change}: ${whyRight(input)}`, ...because].join('; ');
  return { action, hold: limit?.code ?? bites?.code ?? null, reason };
}

function actionOf(current: Placement, planned: Placement, explanation: Explanation | undefined): VerdictAction | undefined {
  const sameAccelerator = planned.accelerator === current.accelerator;
  const sameCount = planned.numReplicas === current.numReplicas;
  if (sameAccelerator && sameCount) return planned.maxBatch === current.maxBatch ? undefined : 'change-batch';
  if (explanation?.outcome === 'best-effort') return 'best-effort';
  if (!sameAccelerator) return 'change-accelerator';
  return planned.numReplicas > current.numReplicas ? 'scale-up' : 'scale-down';
}

/** A pin always tells; a bound only where the solver would have gone beyond it. */
function holdBites(hold: Hold, planned: Placement, unheld: Placement | undefined): boolean {
  if (hold.kind === 'pin' || hold.kind === 'out') return true;
  return unheld === undefined || unheld.accelerator !== planned.accelerator || unheld.numReplicas !== planned.numReplicas;
}

export function shareText({ accelerator, numReplicas }: Pick<Placement, 'accelerator' | 'numReplicas'>): string {
  return `${numReplicas} × ${accelerator === '' ? 'no accelerator' : accelerator}`;
}

function changeText(current: Placement, planned: Placement): string {
  if (planned.accelerator !== current.accelerator) return `${shareText(current)} → ${shareText(planned)}`;
  const batch = `max batch ${current.maxBatch} → ${planned.maxBatch}`;
  if (planned.numReplicas === current.numReplicas) return batch;
  const count = `${current.numReplicas} → ${planned.numReplicas} × ${planned.accelerator}`;
  return planned.maxBatch === current.maxBatch ? count : `${count}, ${batch}`;
}

function whyRight({ view, explanation, predicted, step }: VerdictInput): string {
  const { load, targets } = view;
  if (explanation?.outcome === 'best-effort') return explanation.reason;
  if (!load.known) return `load unknown (${load.reason})`;
  const rate = load.load.arrivalRate ?? 0;
  if (rate === 0) return `measured idle; its minimum is ${view.minReplicas}`;
  const backlog = load.backlogPerMin === 0 ? '' : ` (${figure(load.backlogPerMin)} of them to work off what waits)`;
  const candidate = explanation?.candidates.find((item) => item.accelerator === step.planned.accelerator);
  const perReplica = candidate?.ratePerReplica;
  const each = perReplica === undefined ? '' : ` at up to ${figure(perReplica)} each`;
  const latencies =
    predicted === null
      ? ''
      : `, predicted ITL ${latency(predicted.itl, targets, 'itl')}, TTFT ${latency(predicted.ttft, targets, 'ttft')}`;
  return `${figure(rate)} requests/min${backlog}${each}${latencies}`;
}

function batchText({ batch, step, view }: VerdictInput): string | undefined {
  if (batch === undefined) return undefined;
  const { maxBatch } = view.current;
  if (step.planned.maxBatch !== maxBatch) return batch.why;
  const waits = 'waits' in batch ? `, waits: ${batch.waits}` : '';
  return `max batch ${maxBatch} → ${batch.maxBatch ?? 'another'}${waits} (${batch.why})`;
}

function scheduledText({ view, explanation, step }: VerdictInput): string | undefined {
  const { load, scheduled } = view;
  if (scheduled === undefined) return undefined;
  const candidate = explanation?.candidates.find((item) => item.accelerator === step.planned.accelerator);
  const perReplica = candidate?.ratePerReplica ?? 0;
  const rate = load.known ? load.load.arrivalRate : undefined;
  const needed = rate === 0 ? 0 : rate !== undefined && perReplica > 0 ? Math.ceil(rate / perReplica - 1e-9) : undefined;
  return boundText(scheduled, step.planned.numReplicas, needed);
}

function latency(meanMs: number, targets: Targets | null, of: 'itl' | 'ttft'): string {
  const target = targets?.[of] ?? 0;
  if (target === 0) return `${figure(meanMs)} ms`;
  const { percentile } = targets ?? {};
  return percentile === undefined
    ? `${figure(meanMs)} of ${figure(target)} ms`
    : `mean ${figure(meanMs)} ms, target ${targetText(target, percentile)}`;
}
