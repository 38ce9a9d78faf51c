import { asksForHelp } from '#shared/config/usage.js';
import { ContractError } from '#shared/contracts/contract-error.js';
import { EXIT_BAD_INPUT } from '#shared/http/run-service.js';
import type { Page } from './core/plan/render-plan.js';
import { explainArguments, planArguments } from './plan-arguments.js';
import { explain, plan, type CommandResult } from './plan-command.js';
import { EXPLAIN_USAGE, PLAN_USAGE } from './plan-usage.js';

type Env = Readonly<Record<string, string | undefined>>;
type Streams = Pick<NodeJS.Process, 'stdout' | 'stderr'>;

const commands = {
  plan: { usage: PLAN_USAGE, run: (argv: readonly string[], env: Env, page: Page) => plan(planArguments(argv), env, page) },
  explain: {
    usage: EXPLAIN_USAGE,
    run: (argv: readonly string[], env: Env, page: Page) => explain(explainArguments(argv), env, page),
  },
} as const satisfies Record<
  string,
  { usage: string; run: (argv: readonly string[], env: Env, page: Page) => Promise<CommandResult> }
>;

/**
 * Runs a command that answers and ends: prints the usage where it is asked for, a message instead of a stack for bad input, and
 * nothing more when the reader has gone (`| head`). Colours and cutting to the width are for terminals alone.
 * @returns the code to exit with
 * @throws what nobody expected
 */
export async function planProgram(
  name: keyof typeof commands,
  argv: readonly string[],
  env: Env,
  { stdout, stderr }: Streams,
): Promise<number> {
  const { usage, run } = commands[name];
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  if (asksForHelp(argv)) {
    stdout.write(`${usage}\n`);
    return 0;
  }
  const width = stdout.isTTY && stdout.columns > 0 ? stdout.columns : Infinity;
  const colours = stdout.isTTY && (env['NO_COLOR'] ?? '') === '';
  try {
    const { text, exitCode } = await run(argv, env, { width, colours });
    stdout.write(text);
    return exitCode;
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    stderr.write(`${error.message}\n`);
    return EXIT_BAD_INPUT;
  }
}
