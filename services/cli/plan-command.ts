import { ContractError } from '#shared/contracts/contract-error.js';
import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import { listNames } from '#shared/contracts/references.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { loadSystem } from './adapters/load-system.js';
import { createLocalOptimizer } from './adapters/local-optimizer.js';
import { closestName } from './core/closest-name.js';
import { comparePlans, type Plan } from './core/plan/compare-plans.js';
import { changesCsv, explanationCsv, planCsv } from './core/plan/csv.js';
import { isShort, planRows, type PlanRow } from './core/plan/plan-rows.js';
import { renderChanges } from './core/plan/render-changes.js';
import { renderExplanation } from './core/plan/render-explanation.js';
import { renderPlan, warningsOf, type Page } from './core/plan/render-plan.js';
import { printable } from './core/plan/text-table.js';
import { applyOverrides } from './core/what-if/apply-overrides.js';
import type { ExplainArguments, PlanArguments } from './plan-arguments.js';

type Solve = (system: SystemSpec) => Promise<Plan & { readonly answer: OptimizeOneResponse }>;
type Env = Readonly<Record<string, string | undefined>>;

/** What a command prints, and the code to exit with. */
export interface CommandResult {
  readonly text: string;
  readonly exitCode: number;
}

const EXIT_UNSERVED = 3;

/**
 * `inferno plan`: solves the data of a folder; with overrides a second time, as it would be with them.
 * @throws ContractError for bad data, overrides or variables
 */
export async function plan(given: PlanArguments, env: Env, page: Page): Promise<CommandResult> {
  const { base: system, changed, warnings } = await readSystems(given);
  const { base, whatIf } = await withOptimizer(env, warnings, async (solve) => ({
    base: await solve(system),
    whatIf: changed === undefined ? undefined : await solve(changed),
  }));
  const isUnserved = given.failUnserved && (whatIf ?? base).rows.some(isShort);
  const text = whatIf === undefined ? planText(base, given.output, page) : changesText(base, whatIf, given.output, page);
  return { text, exitCode: isUnserved ? EXIT_UNSERVED : 0 };
}

function planText({ rows, answer }: Plan, output: PlanArguments['output'], page: Page): string {
  if (output === 'json') return json(answer);
  return output === 'csv' ? planCsv(rows) : lines(renderPlan(rows, answer, page));
}

function changesText(base: Plan, whatIf: Plan, output: PlanArguments['output'], page: Page): string {
  const changes = comparePlans(base, whatIf);
  if (output === 'json') return json({ base: base.answer, whatIf: whatIf.answer, changes });
  return output === 'csv' ? changesCsv(changes) : lines(renderChanges(changes, { base, whatIf }, page));
}

/**
 * `inferno explain`: one server of a plan; with overrides, of the plan as it would be with them.
 * @throws ContractError for bad data, overrides or variables, or an unknown server
 */
export async function explain(given: ExplainArguments, env: Env, page: Page): Promise<CommandResult> {
  const { server, whatIf, output } = given;
  const { base, changed, warnings } = await readSystems(given);
  checkServer(base, server);
  const { now, would } = await withOptimizer(env, warnings, async (solve) => {
    const solved = await solve(base);
    return { now: solved, would: changed === undefined ? solved : await solve(changed) };
  });
  const row = rowOf(would, server);
  const explanation = new Map(Object.entries(would.answer.explanations)).get(server);
  if (explanation === undefined) throw new Error(`the optimizer explains nothing of ${server}`);
  if (output === 'json') {
    return { text: json({ server, allocations: row.keeps ? [] : row.parts, ...explanation }), exitCode: 0 };
  }
  if (output === 'csv') return { text: explanationCsv(server, explanation), exitCode: 0 };
  const { outcome, reason } = rowOf(now, server);
  const assumed = changed === undefined ? [] : [`as it is: ${outcome}: ${reason}`, `what if ${whatIf.join(', ')}:`];
  const text = [
    ...assumed.map(printable),
    ...renderExplanation(row, explanation, page),
    ...warningsOf(would.answer.warnings, page),
  ];
  return { text: lines(text), exitCode: 0 };
}

function rowOf({ rows }: Plan, server: string): PlanRow {
  const row = rows.find((one) => one.server === server);
  if (row === undefined) throw new Error(`the optimizer says nothing of ${server}`);
  return row;
}

function checkServer({ serverData }: SystemSpec, server: string): void {
  const names = serverData.servers.map(({ name }) => name);
  if (names.includes(server)) return;
  const close = closestName(server, names);
  const hint = close === undefined ? '' : `did you mean ${JSON.stringify(close)}? `;
  const message = `no such server; ${hint}known: ${listNames(names)}`;
  throw new ContractError([{ source: 'arguments', path: 'SERVER', value: JSON.stringify(server), message }]);
}

interface Systems {
  /** The data as it is. */
  readonly base: SystemSpec;
  /** As it would be with the overrides; undefined: there are none. */
  readonly changed: SystemSpec | undefined;
  /** What there was to warn of when it was read. */
  readonly warnings: readonly string[];
}

async function readSystems({ dataDir, solver, whatIf }: Pick<PlanArguments, 'dataDir' | 'solver' | 'whatIf'>): Promise<Systems> {
  const { value, warnings } = await loadSystem(dataDir);
  const base = solver === undefined ? value : withSolver(value, solver);
  return { base, changed: whatIf.length === 0 ? undefined : applyOverrides(base, whatIf), warnings };
}

/** Solves one system after the other within `work`, which gets the means to. */
async function withOptimizer<T>(env: Env, warnings: readonly string[], work: (solve: Solve) => Promise<T>): Promise<T> {
  const optimizer = createLocalOptimizer(env);
  try {
    return await work(async (system) => {
      const decided = await optimizer.solve(system);
      const answer = { ...decided, warnings: [...warnings, ...decided.warnings] };
      return { answer, rows: planRows(system, answer) };
    });
  } finally {
    await optimizer.close();
  }
}

function withSolver(system: SystemSpec, solver: NonNullable<PlanArguments['solver']>): SystemSpec {
  return { ...system, optimizerData: { optimizer: { ...system.optimizerData.optimizer, solver } } };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
