import { NO_CHOICE, type AssignmentProblem } from '../assignment-problem.js';
import type { MilpModel } from './milp-solver.js';
import { createModelBuilder } from './model-builder.js';
import type { Relaxation } from './relaxation.js';
import type { Stage, StageChoices } from './stage.js';

/**
 * What is still open of a stage: the choices within `limit` of their server's best, those of a known assignment besides. Who has one
 * way left is settled, with its cards taken, so that of thousands of servers the model has the few hundred that the solution turns on.
 */
export interface CoreModel {
  readonly model: MilpModel;
  /** The model's costs are above this. */
  readonly baseCost: number;
  /** Nothing was left out. */
  readonly isComplete: boolean;
  /** The known assignment, as the model's columns. */
  readonly start: Float64Array;
  /** The row that keeps a type within its cards, -1: it cannot run short; and the unit in which the row counts them. */
  readonly rowOfType: readonly number[];
  readonly unitOfType: Float64Array;
  /** @returns by server, its entry in the stage's choices */
  read(values: Float64Array): Int32Array;
}

interface OpenServer {
  readonly server: number;
  readonly level: number;
  /** Entries of the stage's choices. */
  readonly ways: readonly number[];
  readonly canHaveNone: boolean;
}

export interface StageProblem {
  readonly problem: AssignmentProblem;
  readonly stage: Stage;
  readonly choices: StageChoices;
}

/** @param known by server, its entry in the stage's choices */
export function coreModel(stageProblem: StageProblem, relaxation: Relaxation, known: Int32Array, limit: number): CoreModel {
  const { choices, stage, problem } = stageProblem;
  const { settled, open, isComplete } = split(stageProblem, relaxation, known, limit);
  const base = baseCosts(stage, choices, open);
  const remaining = whatRemains(stageProblem, settled, open);
  const builder = createModelBuilder();

  const unitOfType = new Float64Array(problem.capacity.length).fill(1);
  const rowOfType = Array.from(remaining.cards, (cards, type) => {
    if ((remaining.mostCards[type] as number) <= cards) return -1;
    // The solver's tolerances are absolute, and it drops what is tiny: half way between the smallest entry and the largest.
    unitOfType[type] = Math.sqrt((remaining.smallest[type] as number) * (remaining.largest[type] as number));
    return builder.addRow(-Infinity, cards / unitOfType[type]);
  });
  const rowOfLevel = Array.from(remaining.asked, (asked, level) =>
    open.some((item) => item.canHaveNone && item.level === level) ? builder.addRow(asked, asked) : -1,
  );
  const columns: { readonly server: number; readonly way: number }[] = [];
  for (const { server, level, ways, canHaveNone } of open) {
    const rowOfServer = builder.addRow(canHaveNone ? 0 : 1, 1);
    for (const way of ways) {
      const choice = choices.choice[way] as number;
      const type = problem.typeOf[choice] as number;
      columns.push({ server, way });
      builder.addColumn((choices.cost[way] as number) - (base[server] as number), 1, [
        [rowOfType[type] ?? -1, (problem.cardsOf[choice] as number) / (unitOfType[type] as number)],
        [canHaveNone ? (rowOfLevel[level] ?? -1) : -1, 1],
        [rowOfServer, 1],
      ]);
    }
  }

  let baseCost = 0;
  for (const way of settled) if (way !== NO_CHOICE) baseCost += choices.cost[way] as number;
  // Where a level has a count, as many of the open ones get a choice in every solution as in the known one.
  for (const { server } of open) if (known[server] !== NO_CHOICE) baseCost += base[server] as number;
  return {
    model: builder.model(),
    baseCost,
    isComplete,
    start: Float64Array.from(columns, ({ server, way }) => (known[server] === way ? 1 : 0)),
    rowOfType,
    unitOfType,
    read: (values) => {
      const entries = Int32Array.from(settled);
      columns.forEach(({ server, way }, column) => {
        if ((values[column] as number) > 0.5) entries[server] = way;
      });
      return entries;
    },
  };
}

function split(
  { problem, choices }: StageProblem,
  { excess, excessOfNone }: Relaxation,
  known: Int32Array,
  limit: number,
): { settled: Int32Array; open: OpenServer[]; isComplete: boolean } {
  const settled = new Int32Array(known.length).fill(NO_CHOICE);
  const open: OpenServer[] = [];
  let isComplete = true;
  known.forEach((knownEntry, server) => {
    const ways: number[] = [];
    for (let at = choices.first[server] as number; at < (choices.first[server + 1] as number); at++) {
      if ((excess[at] as number) <= limit || at === knownEntry) ways.push(at);
      else isComplete = false;
    }
    const none = excessOfNone[server] as number;
    const canHaveNone = (none <= limit && none < Infinity) || knownEntry === NO_CHOICE;
    if (!canHaveNone && none < Infinity) isComplete = false;
    if (ways.length + (canHaveNone ? 1 : 0) > 1)
      open.push({ server, level: problem.levelOf[server] as number, ways, canHaveNone });
    else settled[server] = ways[0] ?? NO_CHOICE;
  });
  return { settled, open, isComplete };
}

/**
 * What every solution of the model pays at least: a server that has to be served its cheapest way, the others of a level with a count
 * the cheapest of all of theirs. Costs of 10⁹ that differ by a cent are then costs of a cent, to a solver that works to six digits.
 */
function baseCosts({ counts }: Stage, { cost, first }: StageChoices, open: readonly OpenServer[]): Float64Array {
  const base = new Float64Array(first.length - 1);
  const leastOfLevel = counts.map(() => Infinity);
  for (const { server, level, ways, canHaveNone } of open) {
    if (level >= counts.length) continue;
    const least = ways.reduce((sofar, way) => Math.min(sofar, cost[way] as number), Infinity);
    base[server] = least;
    if (canHaveNone) leastOfLevel[level] = Math.min(leastOfLevel[level] as number, least);
  }
  for (const { server, level, canHaveNone } of open) {
    if (canHaveNone && level < counts.length) base[server] = leastOfLevel[level] as number;
  }
  return base;
}

interface Remaining {
  /** Cards of each type without those of the settled servers, and the most that the open ones can take of them. */
  readonly cards: Float64Array;
  readonly mostCards: Float64Array;
  /** Of the ways that take any cards of a type, the fewest and the most. */
  readonly smallest: Float64Array;
  readonly largest: Float64Array;
  /** How many of the servers that may have none get a choice, by level. */
  readonly asked: Int32Array;
}

function whatRemains({ problem, stage, choices }: StageProblem, settled: Int32Array, open: readonly OpenServer[]): Remaining {
  const { capacity, typeOf, cardsOf, levelOf } = problem;
  const cards = Float64Array.from(capacity);
  const mostCards = new Float64Array(capacity.length);
  const smallest = new Float64Array(capacity.length).fill(Infinity);
  const largest = new Float64Array(capacity.length);
  const asked = Int32Array.from(stage.counts);
  const serve = (level: number): void => {
    if (level < asked.length) asked[level] = (asked[level] as number) - 1;
  };
  settled.forEach((way, server) => {
    if (way === NO_CHOICE) return;
    const choice = choices.choice[way] as number;
    const type = typeOf[choice] as number;
    cards[type] = (cards[type] as number) - (cardsOf[choice] as number);
    serve(levelOf[server] as number);
  });
  for (const { level, ways, canHaveNone } of open) {
    if (!canHaveNone) serve(level);
    const mostOfServer = new Map<number, number>();
    for (const way of ways) {
      const choice = choices.choice[way] as number;
      const type = typeOf[choice] as number;
      const count = cardsOf[choice] as number;
      if (count > 0) smallest[type] = Math.min(smallest[type] as number, count);
      largest[type] = Math.max(largest[type] as number, count);
      mostOfServer.set(type, Math.max(mostOfServer.get(type) ?? 0, count));
    }
    for (const [type, most] of mostOfServer) mostCards[type] = (mostCards[type] as number) + most;
  }
  return { cards, mostCards, smallest, largest, asked };
}
