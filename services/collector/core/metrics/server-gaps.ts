import { restarted } from './growth.js';
import type { PodHistory } from './sample-store.js';

/** A time in which the samples of one process follow each other, or one between two such times of the same pod. */
interface Stretch {
  fromMs: number;
  toMs: number;
}

/**
 * When the last gap of a server ended, ms since the epoch; -Infinity: none is known. What was offered to it in a gap is in no counter,
 * so no rate may be taken across one. A gap is a time in which
 * - no pod was seen for longer than `gapMs`: nobody served, or nobody looked (the time before the first sample included), or
 * - more pods were silent than seen: a pod is silent between two lives of its process, however short that was, and where its samples
 *   are more than `gapMs` apart.
 * A pod that comes or goes, in a scale-up or a roll-out, is not silent before or after, and one that restarts alone is outnumbered:
 * the others take its requests meanwhile, and count them.
 */
export function lastGapEnd(histories: readonly PodHistory[], gapMs: number): number {
  return Math.max(endOfSilence(histories, gapMs), endOfOutage(histories, gapMs));
}

/** Whether a gap of the pod lies between two samples that follow each other. */
export function isApart(from: PodHistory['samples'][number], to: PodHistory['samples'][number], gapMs: number): boolean {
  return to.at - from.at > gapMs || restarted(from, to);
}

function endOfSilence(histories: readonly PodHistory[], gapMs: number): number {
  const seenAt = histories.flatMap(({ samples }) => samples.map(({ at }) => at)).sort((left, right) => left - right);
  const end = seenAt.findLastIndex((at, index) => at - (seenAt[index - 1] ?? -Infinity) > gapMs);
  return seenAt[end] ?? -Infinity;
}

function endOfOutage(histories: readonly PodHistory[], gapMs: number): number {
  const ofPods = histories.map((history) => stretchesOf(history, gapMs));
  const silent = ofPods.flatMap((stretches) =>
    stretches.slice(1).map(({ fromMs }, index) => ({ fromMs: stretches[index]?.toMs ?? fromMs, toMs: fromMs })),
  );
  if (silent.length === 0) return -Infinity;
  const seen = ofPods.flat();
  // A gap ends only where a pod is seen again.
  const ends = seen.map(({ fromMs }) => fromMs).sort((left, right) => right - left);
  return ends.find((endMs) => countBefore(silent, endMs) > countBefore(seen, endMs)) ?? -Infinity;
}

function stretchesOf({ samples }: PodHistory, gapMs: number): Stretch[] {
  const stretches: Stretch[] = [];
  samples.forEach((sample, index) => {
    const [last, before] = [stretches.at(-1), samples[index - 1]];
    if (last === undefined || before === undefined || isApart(before, sample, gapMs)) {
      stretches.push({ fromMs: sample.at, toMs: sample.at });
    } else last.toMs = sample.at;
  });
  return stretches;
}

/** How many of the times hold the moment just before `endMs`. */
function countBefore(stretches: readonly Stretch[], endMs: number): number {
  return stretches.filter(({ fromMs, toMs }) => fromMs < endMs && endMs <= toMs).length;
}
