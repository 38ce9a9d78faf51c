import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKubectls } from '#shared/testing/kube-tools.js';

/** Some wait for what takes a real cluster a while: the end of a namespace with pods in it takes 16 s when the first attempt is too early. */
const commandTimeoutMs = 120_000;

export interface KubectlBinary {
  /** Major and minor version, for example 1.34. */
  readonly version: string;
  readonly path: string;
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The kubectl versions of this machine, newest first: all of them when the real side runs too; in the default suite, which is to be
 * quick, the newest and the oldest, between which the others lie.
 */
export async function kubectlBinaries(): Promise<readonly KubectlBinary[]> {
  const found = (await findKubectls()).map((path) => ({ path, version: versionOf(path) }));
  const sorted = found.sort((left, right) => minorOf(right) - minorOf(left));
  const isQuick = (process.env['INFERNO_CONFORMANCE_TARGET'] ?? 'embedded') === 'embedded';
  return isQuick ? sorted.filter((_, index) => index === 0 || index === sorted.length - 1) : sorted;
}

function versionOf(path: string): string {
  const { stdout } = spawnSync(path, ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  const { clientVersion } = JSON.parse(stdout) as { clientVersion: { gitVersion: string } };
  return /^v(\d+\.\d+)/.exec(clientVersion.gitVersion)![1]!;
}

function minorOf({ version }: KubectlBinary): number {
  return Number(version.split('.')[1]);
}

/** One kubectl pointed at one cluster, with a home of its own, so that neither cache nor settings of the user play a part. */
export class Kubectl {
  readonly binary: KubectlBinary;
  readonly #home = mkdtempSync(join(tmpdir(), 'inferno-kubectl-'));
  readonly #environment: NodeJS.ProcessEnv;

  constructor(binary: KubectlBinary, kubeconfigPath: string) {
    this.binary = binary;
    mkdirSync(join(this.#home, '.kube'));
    this.#environment = { PATH: process.env['PATH'], HOME: this.#home, KUBECONFIG: kubeconfigPath };
  }

  /** What the command prints; throws with what it complained about when it fails. */
  async run(args: string, input?: string | object): Promise<string> {
    const { code, stdout, stderr } = await this.try(args, input);
    if (code !== 0) throw new Error(`kubectl ${args}: exit ${String(code)}\n${stderr}`);
    return stdout;
  }

  /** Runs a command to its end. Arguments are separated by spaces; one in single quotes may hold some. */
  async try(args: string, input?: string | object): Promise<CommandResult> {
    const child = this.#spawn(args);
    const output = collect(child);
    child.stdin.end(typeof input === 'object' ? JSON.stringify(input) : (input ?? ''));
    return output.finished;
  }

  /** Starts a command that goes on until it is stopped, such as a watch. */
  start(args: string): { text(): string; stop(): Promise<void> } {
    const child = this.#spawn(args);
    const output = collect(child);
    child.stdin.end();
    return {
      text: output.text,
      stop: async () => {
        child.kill('SIGTERM');
        await output.finished;
      },
    };
  }

  dispose(): void {
    rmSync(this.#home, { recursive: true, force: true });
  }

  #spawn(args: string) {
    const words = [...args.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
    const child = spawn(this.binary.path, words, { env: this.#environment, timeout: commandTimeoutMs });
    // One that reads no input may have ended before it is given any; its exit code says what came of it.
    child.stdin.on('error', () => undefined);
    return child;
  }
}

function collect(child: ReturnType<typeof spawn>): { text: () => string; finished: Promise<CommandResult> } {
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  const finished = new Promise<CommandResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { text: () => stdout, finished };
}
