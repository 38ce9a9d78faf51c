import type { ExplainDetail, OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import { ContractError } from '#shared/contracts/contract-error.js';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import type { OptimizerOptions } from './core/options.js';
import type { SolveMemory } from './core/solve/solve-memory.js';
import { decide } from './decide.js';
import type { ExactSolver } from './ports.js';
import { createProblemReader } from './read-problem.js';

/** A problem as somebody sent it, or the kept one, which was checked item by item. */
export type Question = { readonly detail: ExplainDetail } & (
  | { readonly kind: 'body'; readonly body: unknown }
  /** `warnings`: of what was ignored of the request. */
  | { readonly kind: 'system'; readonly system: SystemSpec; readonly warnings: readonly string[] }
);

export interface Answered {
  /** An `OptimizeOneResponse`, written out: with all explanations that alone may take seconds. */
  readonly json: string | Uint8Array<ArrayBuffer>;
  readonly digest: Digest;
}

/** What is logged and measured of an answer. */
export interface Digest extends Pick<OptimizeOneResponse, 'solver' | 'capacity' | 'warnings'> {
  readonly servers: number;
  readonly outcomes: OptimizeOneResponse['summary']['outcomes'];
}

export interface AnswererOptions {
  options: OptimizerOptions;
  /** Any steady clock, ms. */
  elapsedMs: () => number;
  /** For the solver `milp`; absent: `auto` answers in its place. */
  exactSolver?: ExactSolver | undefined;
  /** Each solve of the kept system begins where the one before came to. What is sent is answered the same whatever came before. */
  memory?: SolveMemory;
}

export type Answerer = (question: Question, signal: AbortSignal) => Promise<Answered>;

/**
 * Checks, solves and writes, one question after the other.
 * @returns what throws ContractError for a bad body or an answer that no string can hold, and the signal's reason when that aborts
 */
export function createAnswerer({ options, elapsedMs, exactSolver, memory }: AnswererOptions): Answerer {
  const readProblem = createProblemReader();
  return async (question, signal) => {
    const { system, warnings } = question.kind === 'system' ? question : readBody(readProblem, question.body);
    const startedMs = elapsedMs();
    const known = question.kind === 'system' ? memory : undefined;
    const decision = await decide(system, options, exactSolver, signal, question.detail, known);
    const answer: OptimizeOneResponse = {
      ...decision,
      solver: { ...decision.solver, ms: elapsedMs() - startedMs },
      warnings: [...warnings, ...decision.warnings],
    };
    return { json: write(answer, question.detail), digest: digestOf(answer, system) };
  };
}

function readBody(
  readProblem: ReturnType<typeof createProblemReader>,
  body: unknown,
): { system: SystemSpec; warnings: readonly string[] } {
  const { value, warnings } = readProblem(body);
  return { system: value.system, warnings };
}

function digestOf({ solver, capacity, warnings, summary }: OptimizeOneResponse, { serverData }: SystemSpec): Digest {
  return { solver, capacity, warnings, servers: serverData.servers.length, outcomes: summary.outcomes };
}

/** A string holds 512 MB, which is what 100 000 servers × 20 accelerators come to with all explanations. */
function write(answer: OptimizeOneResponse, detail: ExplainDetail): string {
  try {
    return JSON.stringify(answer);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const message = 'the answer would be longer than a string can be: ask for less with explain=chosen or explain=none';
    throw new ContractError([{ source: 'query', path: 'explain', value: JSON.stringify(detail), message }], { cause });
  }
}
