import { NO_CHOICE, type AssignmentIndex, type AssignmentProblem } from '../assign/assignment-problem.js';
import type { WarmStart } from '../assign/solve-auto.js';
import type { Candidate } from '../candidates/candidate.js';

/** A problem, and what its entries stand for. */
export interface Task {
  readonly problem: AssignmentProblem;
  readonly index: AssignmentIndex;
}

/** How far an answer is from what is proven of it. */
export interface Distance {
  /** Servers that might be served besides. */
  readonly missing: number;
  /** Of its value to the bound, relative to the cost. */
  readonly gap: number;
}

/**
 * What a solve leaves to the next one of nearly the same system: where it put whom, and its prices of the cards. That saves time and
 * leaves what is proven as it is, but of several answers as near to the bound another one may be found.
 */
export interface SolveMemory {
  /** Undefined: nothing of this problem is known. */
  recall(task: Task): { readonly warm: WarmStart; readonly distance: Distance } | undefined;
  keep(task: Task, warm: WarmStart, distance: Distance): void;
}

interface Kept {
  /** By server. */
  readonly accelerators: ReadonlyMap<string, string>;
  /** What the prices are by; they say nothing where it is another. */
  readonly dimensions: string;
  readonly prices: WarmStart['prices'];
  readonly distance: Distance;
}

export function createSolveMemory(): SolveMemory {
  let kept: Kept | null = null;
  return {
    recall: (task) => {
      if (kept === null) return undefined;
      const { accelerators, dimensions, prices, distance } = kept;
      const choice = choicesOn(accelerators, task);
      if (choice.every((way) => way === NO_CHOICE)) return undefined;
      return { warm: { choice, prices: dimensions === dimensionsOf(task.index) ? prices : [] }, distance };
    },
    keep: ({ index }, { choice, prices }, distance) => {
      const placed = index.contenders.flatMap(({ name }, server): [string, string][] => {
        const way = choice[server] as number;
        return way === NO_CHOICE ? [] : [[name, (index.candidates[way] as Candidate).placement.accelerator]];
      });
      kept = { accelerators: new Map(placed), dimensions: dimensionsOf(index), prices, distance };
    },
  };
}

/** By server its best choice on the accelerator that it was put on. */
function choicesOn(accelerators: ReadonlyMap<string, string>, { problem, index }: Task): Int32Array {
  const { firstChoice } = problem;
  return Int32Array.from(index.contenders, ({ name }, server) => {
    const wanted = accelerators.get(name);
    if (wanted === undefined) return NO_CHOICE;
    for (let way = firstChoice[server] as number; way < (firstChoice[server + 1] as number); way++) {
      if ((index.candidates[way] as Candidate).placement.accelerator === wanted) return way;
    }
    return NO_CHOICE;
  });
}

function dimensionsOf({ types, priorities }: AssignmentIndex): string {
  return JSON.stringify([types, priorities]);
}
