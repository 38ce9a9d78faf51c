import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { optimizeOneResponseSchema, type OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import { optimize } from '../../optimizer/core/optimize.js';
import { loadSystem } from '../adapters/load-system.js';
import type { PlanChanges } from '../core/plan/compare-plans.js';
import { run, type Ran } from './run-inferno.js';

async function json<T>(argv: readonly string[], command: 'plan' | 'explain' = 'plan'): Promise<T> {
  const { out, err, code } = await run(command, [...argv, '--output', 'json']);
  expect({ err, code }).to.deep.equal({ err: '', code: 0 });
  return JSON.parse(out) as T;
}

/** Without what differs from one run to the next. */
function timeless({ solver, ...answer }: OptimizeOneResponse): unknown {
  return { ...answer, solver: { ...solver, ms: 0 } };
}

const large = 'sample-data/large';

describe('inferno plan', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plan-'));
    await cp('sample-data/small', folder, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function edit(file: string, change: (data: never) => unknown): Promise<void> {
    const path = join(folder, file);
    await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, 'utf8')) as never)));
  }

  describe('as JSON', () => {
    for (const solver of ['auto', 'greedy', 'unlimited'] as const) {
      it(`is the answer of the solver ${solver}`, async () => {
        const answer = await json<OptimizeOneResponse>([large, '--solver', solver]);
        const { value } = await loadSystem(large);
        const system = { ...value, optimizerData: { optimizer: { ...value.optimizerData.optimizer, solver } } };
        const ms = 0;
        const decision = optimize(system, { firstTokenWithPrefill: false });
        const expected = { ...decision, solver: { ...decision.solver, ms } };
        expect(timeless(answer)).to.deep.equal(JSON.parse(JSON.stringify(expected)));
        expect(optimizeOneResponseSchema.safeParse(answer).error).to.equal(undefined);
      });
    }

    it('is that of HiGHS for milp, whose value auto does not beat', async () => {
      const exact = await json<OptimizeOneResponse>([large, '--solver', 'milp']);
      const near = await json<OptimizeOneResponse>([large, '--solver', 'auto']);
      expect(exact.solver.name).to.equal('milp');
      expect(exact.counts.map(({ served }) => served)).to.deep.equal(near.counts.map(({ served }) => served));
      expect(exact.solver.objective).to.be.at.most(near.solver.objective + 1e-6);
    });
  });

  it('prints servers, cards and totals that add up', async () => {
    const answer = await json<OptimizeOneResponse>([large]);
    const { out, code } = await run('plan', [large]);
    expect(code).to.equal(0);
    const cost = Object.values(answer.allocations).reduce((sum, allocation) => sum + allocation.cost!, 0);
    expect(out).to.contain(`cost    ${cost} ¢/h\n`);
    for (const { priority, served, servers } of answer.counts) {
      expect(out).to.contain(`priority ${priority}: ${served} of ${servers}`);
    }
    for (const [name, { accelerator, numReplicas }] of Object.entries(answer.allocations)) {
      expect(out).to.match(new RegExp(`^${name} .* ${accelerator} +${numReplicas} .* allocated$`, 'm'));
    }
    for (const [type, { used, total }] of Object.entries(answer.capacity)) {
      expect(out).to.match(new RegExp(`^${type} +${used} +${total} `, 'm'));
    }
    expect(out).not.to.contain('\u001b');
  });

  it('says who is not served and why, and what they keep', async () => {
    await edit('capacity-data.json', (data: { count: { count: number }[] }) => ({
      count: data.count.map((it) => ({ ...it, count: 0 })),
    }));
    await edit('server-data.json', ({ servers: [first, ...others] }: { servers: { currentAlloc: object }[] }) => ({
      servers: [{ ...first, currentAlloc: { ...first?.currentAlloc, accelerator: 'A100', numReplicas: 2 } }, ...others],
    }));
    const { out, code } = await run('plan', [folder]);
    expect(code).to.equal(0);
    expect(out).to.match(/^Premium-llama_13b .* \(A100\) +2 +- +80 .* unserved$/m);
    expect(out)
      .to.contain('Not within their targets:\n')
      .and.contain('  Premium-llama_13b: unserved: no candidate has the cards it needs');
    expect(out).to.contain('cost    80 ¢/h, 80 of it for what is merely kept');
    expect(out).to.match(/^served {2}priority 1: 0 of 5 \(5 unserved, no more than 0 can be\)$/m);
    expect((await run('plan', [folder, '--fail-unserved'])).code).to.equal(3);
    expect((await run('plan', [folder, '--fail-unserved', '--what-if', 'capacity.*=1000'])).code).to.equal(0);
  });

  it('prints the parts of a mixture each on its line', async () => {
    await edit('optimizer-data.json', () => ({ optimizer: { solver: 'milp', heterogeneous: true } }));
    await edit('server-data.json', ({ servers }: { servers: { name: string }[] }) => ({
      servers: servers.filter(({ name }) => name === 'Premium-llama_70b'),
    }));
    const { parts = {}, allocations } = await json<OptimizeOneResponse>([folder]);
    const [mixed, mixture = []] = Object.entries(parts).find(([, all]) => all.length > 1) ?? [];
    expect(mixed, 'none is mixed').to.be.a('string');
    expect(allocations).not.to.have.property(mixed ?? '');
    const { out } = await run('plan', [folder]);
    const lines = out.split('\n');
    const start = lines.findIndex((line) => line.startsWith(`${mixed} `));
    mixture.forEach(({ accelerator, numReplicas }, index) => {
      expect(lines[start + index]).to.match(new RegExp(` ${accelerator} +${numReplicas} `));
    });
    const csv = await run('plan', [folder, '--output', 'csv']);
    expect(csv.out.split('\r\n').filter((record) => record.startsWith(`${mixed},`))).to.have.length(mixture.length);
  });

  it('as CSV has a record for each allocation, under a header', async () => {
    const answer = await json<OptimizeOneResponse>([large]);
    const { out } = await run('plan', [large, '--output', 'csv']);
    const [header = '', ...records] = out.trimEnd().split('\r\n');
    const names = header.split(',');
    expect(records).to.have.length(27);
    for (const record of records) {
      const cells = Object.fromEntries(record.split(',').map((cell, index) => [names[index] ?? '', cell]));
      const { accelerator, numReplicas, cost } = answer.allocations[cells['server'] ?? '']!;
      expect(cells).to.include({ accelerator, numReplicas: String(numReplicas), cost: String(cost) });
    }
  });

  describe('with --what-if', () => {
    interface Compared {
      base: OptimizeOneResponse;
      whatIf: OptimizeOneResponse;
      changes: PlanChanges;
    }

    const cases: [override: string, change: (system: Awaited<ReturnType<typeof loadSystem>>['value']) => void][] = [
      ['capacity.H100=+8', (system) => void (system.capacityData.count.find(({ type }) => type === 'H100')!.count += 8)],
      ['capacity.MI300X=+8', (system) => void (system.capacityData.count.find(({ type }) => type === 'MI300X')!.count += 8)],
      [
        'servers.Premium-llama_7b.load.arrivalRate=*2',
        (system) => {
          const server = system.serverData.servers.find(({ name }) => name === 'Premium-llama_7b')!;
          server.currentAlloc!.load!.arrivalRate! *= 2;
        },
      ],
      [
        'serviceclasses.Premium.slo-itl=30',
        (system) => {
          const premium = system.serviceClassData.serviceClasses.find(({ name }) => name === 'Premium')!;
          for (const target of premium.modelTargets) target['slo-itl'] = 30;
        },
      ],
    ];
    for (const [override, change] of cases) {
      it(`${override} is what another solve of such data gives`, async () => {
        const { base, whatIf, changes } = await json<Compared>([large, '--what-if', override]);
        expect(timeless(base)).to.deep.equal(timeless(await json<OptimizeOneResponse>([large])));
        const { value } = await loadSystem(large);
        change(value);
        const decision = optimize(value, { firstTokenWithPrefill: false });
        const expected = JSON.parse(JSON.stringify({ ...decision, solver: { ...decision.solver, ms: 0 } })) as unknown;
        expect(timeless(whatIf)).to.deep.equal(expected);
        for (const [name, sides] of Object.entries(changes.servers)) {
          expect(sides.base.parts[0]?.accelerator).to.equal(base.allocations[name]?.accelerator);
          expect(sides.whatIf.parts[0]?.accelerator).to.equal(whatIf.allocations[name]?.accelerator);
        }
        const unchanged = Object.keys(base.allocations).filter((name) => !Object.hasOwn(changes.servers, name));
        for (const name of unchanged) {
          const { numReplicas, accelerator, cost } = base.allocations[name]!;
          expect(whatIf.allocations[name]).to.include({ numReplicas, accelerator, cost });
        }
        expect(changes.cost.difference).to.equal(changes.cost.whatIf - changes.cost.base);
      });
    }

    it('shows both sides of who changes, and of the totals', async () => {
      const overrides = ['--what-if', 'capacity.MI300X=0', '--what-if', 'capacity.MI250=0'];
      const { base, whatIf, changes } = await json<Compared>([large, ...overrides]);
      const { out } = await run('plan', [large, ...overrides]);
      const names = Object.keys(changes.servers);
      expect(names.length).to.be.greaterThan(0);
      expect(out).to.contain(`Servers that change: ${names.length} of 27\n`);
      for (const name of names) expect(out).to.match(new RegExp(`^${name} .* \\| `, 'm'));
      const used = base.capacity['MI300X']!.used;
      expect(out).to.match(new RegExp(`^cards, MI300X +${used} of 224 +0 of 0 +-${used}$`, 'm'));
      whatIf.counts.forEach(({ priority, served, servers }, index) => {
        const was = base.counts[index]!.served;
        const line = `^served, priority ${priority} +${was} of ${servers} +${served} of ${servers} +${served - was}$`;
        expect(out).to.match(new RegExp(line, 'm'));
      });
      const csv = await run('plan', [large, ...overrides, '--output', 'csv']);
      expect(csv.out.trimEnd().split('\r\n')).to.have.length(names.length + 1);
    });

    it('says so when nothing changes', async () => {
      const { out } = await run('plan', [large, '--what-if', 'capacity.H100=+8']);
      expect(out)
        .to.contain('No server changes.')
        .and.match(/^cards, H100 +0 of 128 +0 of 136 +0$/m);
    });
  });

  it('cuts and colours for a terminal alone, and does not colour where NO_COLOR is set', async () => {
    const widest = ({ out }: Ran): number => Math.max(...out.split('\n').map((line) => line.length));
    expect(widest(await run('plan', [large]))).to.be.greaterThan(100);
    const plain = await run('plan', [large], { columns: 100, env: { NO_COLOR: '1' } });
    expect(widest(plain)).to.equal(100);
    expect(plain.out).to.match(/…$/m).and.not.contain('\u001b');
    expect((await run('plan', [large], { columns: 100 })).out).to.contain('\u001b[1m');
  });

  it('takes the variables of the optimizer', async () => {
    const strict = await run('plan', [large], { env: { DEFAULT_MAX_QUEUE_SIZE: '0' } });
    expect(strict.out).not.to.equal((await run('plan', [large])).out);
    const wrong = await run('plan', [large], { env: { INFERNO_MILP_GAP: '2' } });
    expect(wrong).to.deep.equal({ out: '', err: 'environment: INFERNO_MILP_GAP: "2": must be a number from 0 to 1\n', code: 2 });
  });

  it('shows the percentile that the targets are of, against them', async () => {
    await edit('serviceclass-data.json', (data: { serviceClasses: { modelTargets: object[] }[] }) => ({
      serviceClasses: data.serviceClasses.map((one) => ({
        ...one,
        modelTargets: one.modelTargets.map((target) => ({ ...target, 'slo-percentile': 0.95 })),
      })),
    }));
    const { explanations } = await json<OptimizeOneResponse>([folder]);
    const { candidates, targets } = explanations['Premium-llama_13b']!;
    const chosen = candidates.find((one) => one.chosen)!;
    const { out } = await run('plan', [folder]);
    expect(out).to.match(new RegExp(`^Premium-llama_13b .* p95 ${chosen.itlPercentile} ≤ ${targets!.itl} `, 'm'));
    const explained = await run('explain', [folder, 'Premium-llama_13b']);
    expect(explained.out).to.contain(`p95 of ITL ≤ ${targets!.itl} ms`).and.contain(' TTFT P95 ');
  });

  it('claims no cost of what runs where the data knows nothing of', async () => {
    await edit('server-data.json', ({ servers: [first, second, ...others] }: { servers: { currentAlloc: object }[] }) => {
      const currentAlloc = { accelerator: 'B200', numReplicas: 2 };
      const pin = { accelerator: 'B100', numReplicas: 3, reason: 'as agreed' };
      return { servers: [{ ...first, currentAlloc }, { ...second, pin }, ...others] };
    });
    const { out, code } = await run('plan', [folder]);
    expect(code).to.equal(0);
    expect(out).to.match(/^Premium-llama_13b .* \(B200\) +2 +- +- +- ≤ .* load-unknown$/m);
    expect(out).to.match(/^Premium-llama_70b .* B100 +3 +- +- +- ≤ .* - +pinned$/m);
    expect(out).to.match(
      /^cost .* ¢\/h, 0 of it for what is merely kept, in brackets; what 2 of the 15 servers cost is not known$/m,
    );
    expect((await run('explain', [folder, 'Premium-llama_70b'])).out).to.contain('gets 3 × B100, what it costs is not known\n');
    const { allocations } = await json<OptimizeOneResponse>([folder]);
    expect(allocations['Premium-llama_70b']).not.to.have.any.keys('cost', 'itlAverage', 'ttftAverage');
    const csv = await run('plan', [folder, '--output', 'csv']);
    expect(csv.out).to.match(/^Premium-llama_70b,.*,B100,3,,,,,/m);
  });

  it('plans for no servers', async () => {
    await edit('server-data.json', () => ({ servers: [] }));
    const { out, code } = await run('plan', [folder]);
    expect(code).to.equal(0);
    expect(out).to.contain('no servers\n').and.contain('cost    0 ¢/h\nsolver  auto');
  });

  it('warns of keys that it does not know, in the answer', async () => {
    await edit('capacity-data.json', (data: object) => ({ ...data, colour: 'red' }));
    const warning = `${join(folder, 'capacity-data.json')}: colour: unknown key, ignored`;
    expect((await json<OptimizeOneResponse>([folder])).warnings).to.include(warning);
    expect((await run('plan', [folder])).out).to.contain(`warning ${warning}\n`);
  });

  describe('refuses with 2 and a message alone', () => {
    const cases: [name: string, spoil: () => Promise<unknown>, argv: () => string[], says: () => string][] = [
      [
        'no folder',
        () => Promise.resolve(),
        () => [join(folder, 'gone')],
        () => `settings: DATA-DIR: ${JSON.stringify(join(folder, 'gone'))}: no such folder`,
      ],
      ['no folder named', () => Promise.resolve(), () => [], () => 'arguments: DATA-DIR: absent; see --help'],
      ['one argument too many', () => Promise.resolve(), () => [folder, 'x'], () => 'arguments: "x": not expected here'],
      [
        'an unknown option',
        () => Promise.resolve(),
        () => [folder, '--solve=auto'],
        () => "arguments: Unknown option '--solve'; see --help",
      ],
      [
        'an unknown solver',
        () => Promise.resolve(),
        () => [folder, '--solver', 'best'],
        () => 'arguments: --solver: "best": must be one of auto, greedy, milp, unlimited',
      ],
      [
        'an unknown output',
        () => Promise.resolve(),
        () => [folder, '--output=xml'],
        () => 'arguments: --output: "xml": must be one of table, json, csv',
      ],
      [
        'a missing file',
        () => rm(join(folder, 'server-data.json')),
        () => [folder],
        () => `${join(folder, 'server-data.json')}: no such file`,
      ],
      [
        'an empty file',
        () => writeFile(join(folder, 'model-data.json'), ''),
        () => [folder],
        () => `${join(folder, 'model-data.json')}: is empty; expected a JSON object`,
      ],
      [
        'a value out of range',
        () => edit('capacity-data.json', () => ({ count: [{ type: 'L4', count: -1 }] })),
        () => [folder],
        () => `${join(folder, 'capacity-data.json')}: count[0].count: -1: must be >= 0`,
      ],
      [
        'a model on no accelerator',
        () =>
          edit('model-data.json', (data: { models: object[] }) => ({
            models: [{ ...data.models[0], acc: 'H1' }, ...data.models.slice(1)],
          })),
        () => [folder],
        () => `${join(folder, 'model-data.json')}: models[0].acc: "H1": no such accelerator; known: `,
      ],
      [
        'an override out of range',
        () => Promise.resolve(),
        () => [folder, '--what-if', 'capacity.L4=-5000'],
        () => '--what-if capacity.L4=-5000: -3976: must be >= 0',
      ],
    ];
    for (const [name, spoil, argv, says] of cases) {
      it(name, async () => {
        await spoil();
        const { out, err, code } = await run('plan', argv());
        expect({ out, code }).to.deep.equal({ out: '', code: 2 });
        expect(err.startsWith(says()), err).to.equal(true);
        expect(err.trimEnd().split('\n')).to.have.length(1);
      });
    }
  });
});

describe('inferno explain', () => {
  it('as CSV has a record for each accelerator, with the figures of the explanation', async () => {
    const { explanations } = await json<OptimizeOneResponse>([large]);
    const { out, err, code } = await run('explain', [large, 'Premium-llama_7b', '--output', 'csv']);
    expect({ err, code }).to.deep.equal({ err: '', code: 0 });
    const [header = '', ...records] = out.trimEnd().split('\r\n');
    const names = header.split(',');
    const { candidates } = explanations['Premium-llama_7b']!;
    expect(records).to.have.length(candidates.length);
    records.forEach((record, index) => {
      const cells = Object.fromEntries(record.split(',').map((cell, column) => [names[column] ?? '', cell]));
      const { accelerator, chosen, cost, rejection } = candidates[index]!;
      expect(cells).to.include({ server: 'Premium-llama_7b', accelerator, chosen: String(chosen), cost: String(cost ?? '') });
      expect(cells['rejection']).to.equal(rejection?.code ?? '');
    });
  });

  it('tells what it would take to serve who is not served', async () => {
    const none = ['--what-if', 'capacity.*=0'];
    const { explanations } = (await json<{ whatIf: OptimizeOneResponse }>([large, ...none])).whatIf;
    const { remedy } = explanations['Premium-llama_7b']!;
    expect(remedy).to.be.a('string');
    expect((await run('explain', [large, 'Premium-llama_7b', ...none])).out).to.contain(`\nwhat it would take: ${remedy}\n`);
  });

  it('tells what one server gets, and why no other accelerator', async () => {
    const { allocations, explanations } = await json<OptimizeOneResponse>([large]);
    const { out, code } = await run('explain', [large, 'Premium-llama_7b']);
    expect(code).to.equal(0);
    const { reason, candidates } = explanations['Premium-llama_7b']!;
    const { accelerator, numReplicas, maxBatch } = allocations['Premium-llama_7b']!;
    expect(out).to.contain(`Premium-llama_7b: allocated: ${reason}\n`);
    expect(out).to.contain(`gets ${numReplicas} × ${accelerator} `).and.contain(`max batch ${maxBatch}`);
    const lines = out.split('\n');
    expect(lines[lines.findIndex((line) => line.startsWith('ACCEL')) + 1]).to.match(new RegExp(`^${accelerator} .* chosen$`));
    for (const candidate of candidates.filter((one) => !one.chosen)) {
      const line = lines.find((one) => one.startsWith(`${candidate.accelerator} `));
      expect(line?.endsWith(candidate.rejection!.text), candidate.accelerator).to.equal(true);
    }
  });

  it('tells it as JSON, and as it would be', async () => {
    const { explanations } = await json<OptimizeOneResponse>([large]);
    const explained = await json<{ server: string; targets: { itl: number } }>([large, 'Premium-llama_7b'], 'explain');
    expect(explained).to.deep.include({ server: 'Premium-llama_7b', ...explanations['Premium-llama_7b'] });
    const override = ['--what-if', 'serviceclasses.Premium.llama_7b.slo-itl=30'];
    const changed = await json<{ targets: { itl: number } }>([large, 'Premium-llama_7b', ...override], 'explain');
    expect([explained.targets.itl, changed.targets.itl]).to.deep.equal([40, 30]);
    const { out } = await run('explain', [large, 'Premium-llama_7b', ...override]);
    const { reason } = explanations['Premium-llama_7b']!;
    expect(out.startsWith(`as it is: allocated: ${reason}\nwhat if serviceclasses.Premium.llama_7b.slo-itl=30:\n`)).to.equal(
      true,
    );
    expect(out).to.contain('ITL ≤ 30 ms');
  });

  it('names the server that an unknown one was meant to be', async () => {
    const { out, err, code } = await run('explain', [large, 'Premium-lama_7b']);
    expect({ out, code }).to.deep.equal({ out: '', code: 2 });
    expect(err).to.match(
      /^arguments: SERVER: "Premium-lama_7b": no such server; did you mean "Premium-llama_7b"\? known: Bronze-/,
    );
  });

  it('wants a server', async () => {
    expect(await run('explain', [large])).to.deep.equal({ out: '', err: 'arguments: SERVER: absent; see --help\n', code: 2 });
  });
});
