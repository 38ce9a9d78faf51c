import type { CardLedger } from '../solve/card-ledger.js';
import type { Contender } from '../solve/problem.js';
import { cardsOf, isCapped, type Candidate } from '../candidates/candidate.js';
import { byName, compareText } from '../order.js';

/**
 * Who gets which of their choices, in numbers alone: flat lists that a solver runs through quickly and that can be sent to another
 * thread. Servers, types and choices are in the order of names, levels from the highest priority down, so that equal problems are
 * equal lists. A solver's choices are all or nothing: what is short of a choice is left to best effort.
 */
export interface AssignmentProblem {
  /** Cards that are left of each type. */
  readonly capacity: Float64Array;
  /** How many servers each level has. */
  readonly serversAtLevel: Int32Array;
  /** Level of a server, 0 for the highest priority there is. */
  readonly levelOf: Int32Array;
  /** The choices of server s are those from `firstChoice[s]` up to and without `firstChoice[s + 1]`, best value first. */
  readonly firstChoice: Int32Array;
  readonly typeOf: Int32Array;
  readonly cardsOf: Float64Array;
  /** See `candidates/value.ts`; may be negative. */
  readonly valueOf: Float64Array;
}

/** Entry of a server that gets none of its choices. */
export const NO_CHOICE = -1;

/** What the entries of a problem stand for. */
export interface AssignmentIndex {
  readonly contenders: readonly Contender[];
  readonly types: readonly string[];
  /** Highest first. */
  readonly priorities: readonly number[];
  readonly candidates: readonly Candidate[];
}

/** The choices of all contenders under the cards that the ledger has left. */
export function assignmentProblem(
  unordered: readonly Contender[],
  ledger: CardLedger,
): { readonly problem: AssignmentProblem; readonly index: AssignmentIndex } {
  const contenders = [...unordered].sort(byName);
  const choices = contenders.map(choicesOf);
  const candidates = choices.flat();
  const types = [...new Set(candidates.map(({ placement }) => placement.type))].sort(compareText);
  const typeIndex = new Map(types.map((type, index) => [type, index]));
  const priorities = [...new Set(contenders.map(({ priority }) => priority))].sort((a, b) => a - b);
  const levelIndex = new Map(priorities.map((priority, level) => [priority, level]));

  const levelOf = Int32Array.from(contenders, ({ priority }) => levelIndex.get(priority) as number);
  const serversAtLevel = new Int32Array(priorities.length);
  for (const level of levelOf) serversAtLevel[level] = (serversAtLevel[level] as number) + 1;
  const firstChoice = new Int32Array(contenders.length + 1);
  choices.forEach((list, server) => (firstChoice[server + 1] = (firstChoice[server] as number) + list.length));

  const problem: AssignmentProblem = {
    capacity: Float64Array.from(types, (type) => ledger.left(type)),
    serversAtLevel,
    levelOf,
    firstChoice,
    typeOf: Int32Array.from(candidates, ({ placement }) => typeIndex.get(placement.type) as number),
    cardsOf: Float64Array.from(candidates, (candidate) => cardsOf(candidate, candidate.numReplicas)),
    valueOf: Float64Array.from(candidates, ({ value }) => value),
  };
  return { problem, index: { contenders, types, priorities, candidates } };
}

function choicesOf(contender: Contender): readonly Candidate[] {
  return contender.eligible.filter((candidate) => isChoice(candidate, contender));
}

/** Where a server's maximum cuts every candidate, only those that come nearest to its need are choices. */
export function isChoice(candidate: Candidate, { eligible: [best] }: Contender): boolean {
  return best === undefined || !isCapped(best) || nearnessOf(candidate) === nearnessOf(best);
}

function nearnessOf({ numReplicas, neededReplicas }: Candidate): number {
  return numReplicas / neededReplicas;
}
