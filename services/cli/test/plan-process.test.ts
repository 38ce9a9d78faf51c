import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const DEADLINE_MS = 120_000;
// Runs from the sources (tsx) or from the built tree, as this file does.
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const main = fileURLToPath(new URL(`../main.${extension}`, import.meta.url));
const loader = extension === 'ts' ? ['--conditions=source', '--import', 'tsx'] : [];

interface Ended {
  out: string;
  err: string;
  code: number | null;
}

async function inferno(argv: readonly string[], { isReaderGone = false } = {}): Promise<Ended> {
  const child = spawn(process.execPath, [...loader, main, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = once(child, 'exit') as Promise<[code: number | null]>;
  if (isReaderGone) child.stdout.destroy();
  const [out, err, [code]] = await Promise.all([isReaderGone ? '' : text(child.stdout), text(child.stderr), exit]);
  return { out, err, code };
}

describe('the program inferno', function () {
  this.timeout(DEADLINE_MS);

  it('plans, with the exact solver too, and ends', async () => {
    const { out, err, code } = await inferno(['plan', 'sample-data/small', '--solver', 'milp', '--output', 'json']);
    expect({ err, code }).to.deep.equal({ err: '', code: 0 });
    expect(JSON.parse(out)).to.have.nested.property('solver.name', 'milp');
  });

  it('explains', async () => {
    const { out, err, code } = await inferno(['explain', 'sample-data/large', 'Premium-llama_7b']);
    expect({ err, code }).to.deep.equal({ err: '', code: 0 });
    expect(out).to.match(/^Premium-llama_7b: allocated: /);
  });

  it('ends in silence when the reader has gone', async () => {
    const ended = await inferno(['plan', 'sample-data/large', '--output', 'json'], { isReaderGone: true });
    expect(ended).to.deep.equal({ out: '', err: '', code: 0 });
  });

  const refusals: [name: string, argv: string[], says: string][] = [
    ['bad data', ['plan', 'services'], 'services/accelerator-data.json: no such file\n'],
    ['a bad override', ['plan', 'sample-data/small', '--what-if', 'x=1'], '--what-if x=1: "x": no such part of the data; '],
    ['an unknown server', ['explain', 'sample-data/small', 'x'], 'arguments: SERVER: "x": no such server; '],
    ['an unknown command', ['plant'], 'usage:\n'],
  ];
  for (const [name, argv, says] of refusals) {
    it(`answers ${name} with 2 and a message without a stack`, async () => {
      const { out, err, code } = await inferno(argv);
      expect({ out, code }).to.deep.equal({ out: '', code: 2 });
      expect(err.slice(0, says.length)).to.equal(says);
      expect(err).not.to.match(/^ +at /m);
    });
  }

  for (const argv of [['--help'], ['plan', '--help'], ['explain', '-h']]) {
    it(`${argv.join(' ')} tells the usage`, async () => {
      const { out, err, code } = await inferno(argv);
      expect({ err, code }).to.deep.equal({ err: '', code: 0 });
      expect(out).to.match(/^usage:/);
    });
  }
});
