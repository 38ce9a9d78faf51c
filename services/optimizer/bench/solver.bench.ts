import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { createHighsSolver } from '../adapters/highs/highs-solver.js';
import type { Assignment } from '../core/assign/assignment.js';
import { assignmentProblem, NO_CHOICE, type AssignmentIndex, type AssignmentProblem } from '../core/assign/assignment-problem.js';
import { solveExactly } from '../core/assign/milp/solve-exactly.js';
import { objectiveOf } from '../core/assign/objective.js';
import { solveAuto } from '../core/assign/solve-auto.js';
import { costOf, type Candidate } from '../core/candidates/candidate.js';
import { prepare } from '../core/prepare.js';
import { createSolveMemory, type SolveMemory } from '../core/solve/solve-memory.js';
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
  { name: '50 000 × 20 unlike', servers: 50_000, accelerators: 20, types: 8, supply: 0.7, withHighs: false },
];

/** The near-exact solver on contested problems, beside HiGHS on the same ones; the time to size; and the next minute from a warm start. */
export async function run(print: (line: string) => void, names: readonly string[] = []): Promise<void> {
  print('Each problem has cards for 70 % of what its servers would take. Gaps are relative to the total cost of what is given.');
  print(
    'Every server has requests of a size of its own, but for 50 000 × 20: 40 sizes, and in the last case again one each (unlike).',
  );
  print(
    row('servers × accelerators', 'solver', 'ms', 'ms of CPU', 'stranded', 'of them', 'gap', 'gap to', 'resident', 'at most'),
  );
  print(row('', '', '', '', '', 'needlessly', 'certified', 'HiGHS', 'MB', 'MB'));
  for (const item of cases) {
    if (names.length === 0 || names.some((name) => item.name.startsWith(name))) await benchCase(print, item);
  }
}

async function benchCase(print: (line: string) => void, item: Case): Promise<void> {
  const system = contestedProblem({ ...item, seed: 1 }, options);
  // Only what one minute leaves to the next: the problem itself would be in memory twice.
  const memory = await benchMinute(print, system, item);
  await benchNextMinute(print, system, memory);
}

async function benchMinute(print: (line: string) => void, system: SystemSpec, { name, withHighs }: Case): Promise<SolveMemory> {
  const sized = await timed(() => prepare(system, options));
  print(row(name, 'sizing', ...times(sized), '', '', '', '', ...resident()));
  const { problem, index } = assignmentProblem(sized.result.contenders, sized.result.ledger);
  const auto = await timed(() => solveAuto(problem));
  const exact = withHighs ? await timed(() => highs(problem, auto.result)) : null;
  const best = exact?.result ?? null;
  print(row('', 'auto', ...times(auto), ...figures(problem, index, auto.result, best), ...resident()));
  if (exact !== null) {
    print(row('', 'HiGHS', ...times(exact), ...figures(problem, index, exact.result, best), ...resident()));
    print(row('', 'auto : HiGHS', `1 : ${(exact.ms / auto.ms).toFixed(1)}`));
  }
  const memory = createSolveMemory();
  memory.keep({ problem, index }, auto.result.warm, { missing: 0, gap: 0 });
  return memory;
}

async function benchNextMinute(print: (line: string) => void, system: SystemSpec, memory: SolveMemory): Promise<void> {
  const later = prepare(aMinuteLater(system, 2), options);
  const { problem, index } = assignmentProblem(later.contenders, later.ledger);
  const cold = await timed(() => solveAuto(problem));
  const again = await timed(() => solveAuto(problem, memory.recall({ problem, index })?.warm));
  print(row('', 'a minute on', ...times(cold), ...figures(problem, index, cold.result, null)));
  print(row('', 'the same, warm', ...times(again), ...figures(problem, index, again.result, null), ...resident()));
  print(row('', 'warm : cold', `1 : ${(cold.ms / again.ms).toFixed(1)}`));
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

interface Timed<T> {
  result: T;
  ms: number;
  /** Of all threads, those that collect garbage included: more than `ms` where they work beside. */
  cpuMs: number;
}

async function timed<T>(work: () => T | Promise<T>): Promise<Timed<T>> {
  await setImmediate();
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const ms = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(before);
  return { result, ms, cpuMs: (user + system) / 1000 };
}

function times({ ms, cpuMs }: Timed<unknown>): string[] {
  return [ms.toFixed(0), cpuMs.toFixed(0)];
}

/** Now, and the most so far. */
function resident(): string[] {
  const mostBytes = process.resourceUsage().maxRSS * 1024;
  return [process.memoryUsage.rss(), mostBytes].map((bytes) => (bytes / 2 ** 20).toFixed(0));
}

function row(...cells: string[]): string {
  const [first = '', second = '', ...rest] = cells;
  return (first.padEnd(24) + second.padEnd(16) + rest.map((cell) => cell.padStart(12)).join('')).trimEnd();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await run(console.log, process.argv.slice(2));
