import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { planProgram } from '../plan-program.js';

export interface Ran {
  out: string;
  err: string;
  code: number;
}

/** `inferno plan` or `explain` within this process; `columns`: on a terminal as wide. */
export async function run(
  command: 'plan' | 'explain',
  argv: readonly string[],
  { env = {}, columns }: { env?: NodeJS.ProcessEnv; columns?: number } = {},
): Promise<Ran> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const terminal = columns === undefined ? {} : { isTTY: true, columns };
  const streams = { stdout: Object.assign(stdout, terminal), stderr } as unknown as Pick<NodeJS.Process, 'stdout' | 'stderr'>;
  const [code, out, err] = await Promise.all([
    planProgram(command, argv, env, streams).finally(() => {
      stdout.end();
      stderr.end();
    }),
    text(stdout),
    text(stderr),
  ]);
  return { code, out, err };
}
