import { NO_CHOICE, type AssignmentProblem } from '../assignment-problem.js';

/**
 * One step of the objective, with what the steps before it have settled: as many servers of the next level as can be (`served`), or,
 * when every level has its count, the least value.
 */
export interface Stage {
  readonly goal: 'served' | 'value';
  /** How many servers get a choice, by level. With `served` the level after these is asked for, and lower ones take no part. */
  readonly counts: readonly number[];
}

/** The choices that a stage needs to look at; those of server s from `first[s]` up to and without `first[s + 1]`. */
export interface StageChoices {
  readonly first: Int32Array;
  readonly choice: Int32Array;
  /** What the stage minimises: -1 for a server of the level that is asked for, or the value. */
  readonly cost: Float64Array;
}

/**
 * Leaves out what fits on no account, and what another choice of the same server and type beats: as cheap by this stage's cost, on no
 * more cards.
 */
export function choicesOfStage(problem: AssignmentProblem, { goal, counts }: Stage): StageChoices {
  const { firstChoice, levelOf, typeOf, cardsOf, capacity, valueOf } = problem;
  const servers = levelOf.length;
  const first = new Int32Array(servers + 1);
  const choice: number[] = [];
  const fewest = new Map<number, number>();
  for (let server = 0; server < servers; server++) {
    const level = levelOf[server] as number;
    first[server] = choice.length;
    if (level > counts.length || counts[level] === 0) continue;
    fewest.clear();
    // Best value first: by value, a choice has to need fewer cards than all before it.
    for (let own = firstChoice[server] as number; own < (firstChoice[server + 1] as number); own++) {
      const type = typeOf[own] as number;
      const cards = cardsOf[own] as number;
      if (cards > (capacity[type] as number)) continue;
      const least = fewest.get(type);
      if (least !== undefined && cards >= (cardsOf[least] as number)) continue;
      fewest.set(type, own);
      if (goal === 'value') choice.push(own);
    }
    if (goal === 'served') choice.push(...fewest.values());
  }
  first[servers] = choice.length;

  const cost = new Float64Array(choice.length);
  for (let server = 0; server < servers; server++) {
    const asked = (levelOf[server] as number) === counts.length ? -1 : 0;
    for (let at = first[server] as number; at < (first[server + 1] as number); at++) {
      cost[at] = goal === 'value' ? (valueOf[choice[at] as number] as number) : asked;
    }
  }
  return { first, choice: Int32Array.from(choice), cost };
}

/**
 * An assignment as entries of the stage's choices. What it has and the stage leaves out gives way to what beats it; lower levels than
 * the stage is about get nothing.
 */
export function entriesOf(
  { typeOf, cardsOf }: AssignmentProblem,
  { first, choice }: StageChoices,
  assignment: Int32Array,
): Int32Array {
  return assignment.map((chosen, server) => {
    if (chosen === NO_CHOICE) return NO_CHOICE;
    let found = NO_CHOICE;
    for (let at = first[server] as number; at < (first[server + 1] as number); at++) {
      const own = choice[at] as number;
      if (own === chosen) return at;
      // Later entries of a type need fewer cards and cost more: the first that fits is the best.
      if (found === NO_CHOICE && typeOf[own] === typeOf[chosen] && (cardsOf[own] as number) <= (cardsOf[chosen] as number))
        found = at;
    }
    return found;
  });
}

export function costOfEntries({ cost }: StageChoices, entries: Int32Array): number {
  return entries.reduce((sum, entry) => (entry === NO_CHOICE ? sum : sum + (cost[entry] as number)), 0);
}

/** The assignment that such entries stand for. */
export function assignmentOf({ choice }: StageChoices, entries: Int32Array): Int32Array {
  return entries.map((entry) => (entry === NO_CHOICE ? NO_CHOICE : (choice[entry] as number)));
}
