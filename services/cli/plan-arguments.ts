import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ContractError, type ContractIssue } from '#shared/contracts/contract-error.js';
import { solverNames } from '#shared/contracts/system-data.js';

type SolverName = (typeof solverNames)[number];

interface CommonArguments {
  readonly dataDir: string;
  /** Undefined: as the data says. */
  readonly solver: SolverName | undefined;
  /** `path=value`, in their order. */
  readonly whatIf: readonly string[];
  readonly output: (typeof outputs)[number];
}

const outputs = ['table', 'json', 'csv'] as const;

export interface PlanArguments extends CommonArguments {
  readonly failUnserved: boolean;
}

export interface ExplainArguments extends CommonArguments {
  readonly server: string;
}

const common = {
  solver: { type: 'string' },
  output: { type: 'string' },
  'what-if': { type: 'string', multiple: true },
} as const satisfies ParseArgsConfig['options'];

/** @throws ContractError naming what is wrong and what may stand there */
export function planArguments(argv: readonly string[]): PlanArguments {
  const options = { ...common, 'fail-unserved': { type: 'boolean' } } as const;
  const { values, positionals } = parsed(() => parseArgs({ args: [...argv], options, allowPositionals: true }));
  const [dataDir] = exactly(positionals, ['DATA-DIR']);
  return {
    dataDir: dataDir as string,
    solver: values.solver === undefined ? undefined : oneOf('--solver', values.solver, solverNames),
    output: oneOf('--output', values.output ?? 'table', outputs),
    whatIf: values['what-if'] ?? [],
    failUnserved: values['fail-unserved'] ?? false,
  };
}

/** @throws ContractError naming what is wrong and what may stand there */
export function explainArguments(argv: readonly string[]): ExplainArguments {
  const { values, positionals } = parsed(() => parseArgs({ args: [...argv], options: common, allowPositionals: true }));
  const [dataDir, server] = exactly(positionals, ['DATA-DIR', 'SERVER']);
  return {
    dataDir: dataDir as string,
    server: server as string,
    solver: values.solver === undefined ? undefined : oneOf('--solver', values.solver, solverNames),
    output: oneOf('--output', values.output ?? 'table', outputs),
    whatIf: values['what-if'] ?? [],
  };
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    // The rest of the message is advice for file names that begin with a dash.
    const [message = ''] = (cause as Error).message.split(/\. To specify|\n/);
    throw new ContractError([wrong('', '', `${message}; see --help`)], { cause });
  }
}

function exactly(given: readonly string[], names: readonly string[]): readonly string[] {
  const issues = [
    ...names.slice(given.length).map((name) => wrong(name, '', 'absent; see --help')),
    ...given.slice(names.length).map((extra) => wrong('', JSON.stringify(extra), 'not expected here')),
  ];
  if (issues.length > 0) throw new ContractError(issues);
  return given;
}

function oneOf<const T extends string>(name: string, given: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === given);
  if (found === undefined) throw new ContractError([wrong(name, JSON.stringify(given), `must be one of ${choices.join(', ')}`)]);
  return found;
}

function wrong(path: string, value: string, message: string): ContractIssue {
  return { source: 'arguments', path, value, message };
}
