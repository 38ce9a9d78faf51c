import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { createHighsSolver } from '../adapters/highs/highs-solver.js';
import type { Assignment } from '../core/assign/assignment.js';
import { assignmentProblem, NO_CHOICE, type AssignmentIndex, type AssignmentProblem } from '../core/assign/assignment-problem.js';
import { solveExactly } from '../core/assign/milp/solve-exactly.js';
import { objectiveOf } from '../core/assign/objective.js';
import { solveAuto, type WarmStart } from '../core/assign/solve-auto.js';
import { costOf, type Candidate } from '../core/candidates/candidate.js';
import { prepare } from '../core/prepare.js';
import { aMinuteLater, contestedProblem, type ContestedParts } from './contested-problem.js';

const options = { firstTokenWithPrefill: true };
const HIGHS_MS = 120_000;
/** As fine as `auto` is asked to be, and finer. */
const HIGHS_GAP = 1e-5;

interface Case extends Omit<ContestedParts, 'seed'> {
  name: string;
  withHighs: boolean;
}

const cases: Case[] = [
  { name: '1 000 × 10', servers: 1000, accelerators: 10, types: 6, supply: 0.7, withHighs: true },
  { name: '5 000 × 10', servers: 5000, accelerators: 10, types: 6, supply: 0.7, withHighs: true },
  { name: '50 000 × 20', servers: 50_000, accelerators: 20, types: 8, supply: 0.7, shapes: 40, withHighs: false },
];

/** The near-exact solver on contested problems, beside HiGHS on the same ones; the time to size; and the next minute from a warm start. */
export async function run(print: (line: string) => void, names: readonly string[] = []): Promise<void> {
  print('Each problem has cards for 70 % of what its servers would take. Gaps are relative to the total cost of what is given.');
  print(row('servers × accelerators', 'solver', 'ms', 'stranded', 'of them', 'gap', 'gap to', 'resident'));
  print(row('', '', '', '', 'needlessly', 'certified', 'HiGHS', 'MB'));
  for (const item of cases) {
    if (names.length === 0 || names.some((name) => item.name.startsWith(name))) await benchCase(print, item);
  }
}

async function benchCase(print: (line: string) => void, { name, withHighs, ...parts }: Case): Promise<void> {
  const system = contestedProblem({ ...parts, seed: 1 }, options);
  const sized = await timed(() => prepare(system, options));
  print(row(name, 'sizing', sized.ms.toFixed(0)));
  const { problem, index } = assignmentProblem(sized.result.contenders, sized.result.ledger);
  const auto = await timed(() => solveAuto(problem));
  const exact = withHighs ? await timed(() => highs(problem, auto.result)) : null;
  const best = exact?.result ?? null;
  print(row('', 'auto', auto.ms.toFixed(0), ...figures(problem, index, auto.result, best), resident()));
  if (exact !== null) {
    print(row('', 'HiGHS', exact.ms.toFixed(0), ...figures(problem, index, exact.result, best), resident()));
    print(row('', 'auto : HiGHS', `1 : ${(exact.ms / auto.ms).toFixed(1)}`));
  }
  await benchNextMinute(print, system, index, auto.result.warm);
}

async function benchNextMinute(
  print: (line: string) => void,
  system: SystemSpec,
  before: AssignmentIndex,
  warm: WarmStart,
): Promise<void> {
  const later = prepare(aMinuteLater(system, 2), options);
  const { problem, index } = assignmentProblem(later.contenders, later.ledger);
  const cold = await timed(() => solveAuto(problem));
  const moved = { ...warm, choice: carriedOver(problem, index, before, warm.choice) };
  const again = await timed(() => solveAuto(problem, moved));
  print(row('', 'a minute on', cold.ms.toFixed(0), ...figures(problem, index, cold.result, null)));
  print(row('', 'the same, warm', again.ms.toFixed(0), ...figures(problem, index, again.result, null)));
  print(row('', 'warm : cold', `1 : ${(cold.ms / again.ms).toFixed(1)}`));
}

/** The choices on the same accelerators in another problem of the same servers. */
function carriedOver(
  problem: AssignmentProblem,
  index: AssignmentIndex,
  before: AssignmentIndex,
  choice: Int32Array,
): Int32Array {
  const ran = new Map(before.contenders.map(({ name }, server) => [name, choice[server] as number]));
  return Int32Array.from(index.contenders, ({ name }, server) => {
    const chosen = ran.get(name) ?? NO_CHOICE;
    if (chosen === NO_CHOICE) return NO_CHOICE;
    const { accelerator } = (before.candidates[chosen] as Candidate).placement;
    for (let way = problem.firstChoice[server] as number; way < (problem.firstChoice[server + 1] as number); way++) {
      if ((index.candidates[way] as Candidate).placement.accelerator === accelerator) return way;
    }
    return NO_CHOICE;
  });
}

async function highs(problem: AssignmentProblem, start: Assignment): Promise<Assignment> {
  const solver = await createHighsSolver();
  const endMs = performance.now() + HIGHS_MS;
  const remainingMs = (): number => Math.max(0, endMs - performance.now());
  return solveExactly(problem, start, solver, { relativeGap: HIGHS_GAP, remainingMs });
}

/** Stranded, how many of them the better of the two serves, the gap to what is proven, and to what HiGHS proves at the same counts. */
function figures(problem: AssignmentProblem, index: AssignmentIndex, answer: Assignment, exact: Assignment | null): string[] {
  const { served, value } = objectiveOf(problem, answer.choice);
  let cost = 0;
  for (const chosen of answer.choice) {
    if (chosen === NO_CHOICE) continue;
    const candidate = index.candidates[chosen] as Candidate;
    cost += costOf(candidate, candidate.numReplicas);
  }
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const stranded = problem.levelOf.length - total(served);
  const bestServed = exact === null ? answer.certificate.mostServed : objectiveOf(problem, exact.choice).served;
  const needless = total(bestServed) - total(served);
  const isAlike = exact !== null && served.every((count, level) => count === bestServed[level]);
  const percent = (bound: number): string => `${((100 * Math.max(0, value - bound)) / cost).toFixed(4)} %`;
  return [
    String(stranded),
    exact === null ? `≤ ${needless}` : String(needless),
    percent(answer.certificate.leastValue),
    isAlike ? percent(exact.certificate.leastValue) : '-',
  ];
}

async function timed<T>(work: () => T | Promise<T>): Promise<{ result: T; ms: number }> {
  await setImmediate();
  const startedMs = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startedMs };
}

function resident(): string {
  return (process.memoryUsage.rss() / 2 ** 20).toFixed(0);
}

function row(...cells: string[]): string {
  const [first = '', second = '', ...rest] = cells;
  return (first.padEnd(24) + second.padEnd(16) + rest.map((cell) => cell.padStart(12)).join('')).trimEnd();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await run(console.log, process.argv.slice(2));
