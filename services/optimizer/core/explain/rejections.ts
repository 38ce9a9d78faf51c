import type { Rejection } from '#shared/contracts/optimizer.js';
import type { Refusal } from '../solve/problem.js';
import { figure, percentileName } from './figure.js';

/** A target that even a nearly idle replica misses, as a mean or at a percentile. */
export function missedTarget(
  code: 'slo-itl' | 'slo-ttft',
  valueMs: number,
  targetMs: number,
  percentile: number | undefined,
): Rejection {
  const [value, target] = apart(valueMs, targetMs);
  const of = percentile === undefined ? '' : `${percentileName(percentile)} `;
  const text = `${code} ${of}${value} > ${target} ms`;
  return { code, text, valueMs: value, targetMs: target, ...(percentile === undefined ? {} : { percentile }) };
}

/** Cards that were not there at its turn. */
export function lackOfCards({ asked, left }: Refusal, type: string): Rejection {
  return { code: 'capacity', text: `capacity: needs ${asked} ${type}, ${left} left`, needs: asked, left, type };
}

/** A maximum, and what there is to say of it. */
export function tooManyReplicas(needs: number, allowed: number, why: string): Rejection {
  return { code: 'max-replicas', text: `needs ${needs} replicas, at most ${allowed} allowed${why}`, needs, allowed };
}

export function keptElsewhere(accelerator: string): Rejection {
  return { code: 'keep-accelerator', text: `kept by keepAccelerator on ${accelerator}`, other: accelerator };
}

/** `how` and `than` say of what, and than what. */
export function dearer(by: number, how = '', than = ''): Rejection {
  const dearerBy = figure(by) || by;
  return { code: 'dearer', text: `${how}dearer by ${dearerBy} cents/hr${than}`, dearerBy };
}

/** Cheaper, by less than the change costs. */
export function notWorthItsPenalty(saving: number, penalty: number, how = ''): Rejection {
  const [weighs, saves] = apart(penalty, saving);
  const text = `change not worth its penalty: ${how}saves ${saves} cents/hr, weighs ${weighs}`;
  return { code: 'transition', text, saves, weighs };
}

/** Two figures of which the first is the larger, and looks it. */
function apart(larger: number, smaller: number): [number, number] {
  const [shownLarger, shownSmaller] = [figure(larger), figure(smaller)];
  return shownLarger > shownSmaller ? [shownLarger, shownSmaller] : [larger, smaller];
}
