import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { loadDataFiles } from '#shared/contracts/load-data-files.js';
import type { OptimizerSpec, ServerSpec, SystemSpec } from '#shared/contracts/system-data.js';
import type { Decision } from '../core/conclude.js';
import { optimize } from '../core/optimize.js';

/** The reference counts the first token as an iteration of its own, and treats an absent minimum as 0. */
const asReference = { firstTokenWithPrefill: false };
const dataNames = ['acceleratorData', 'capacityData', 'modelData', 'serviceClassData', 'serverData', 'optimizerData'] as const;

async function sampleSystem(
  set: string,
  optimizer: Partial<OptimizerSpec>,
  server: Partial<ServerSpec> = {},
): Promise<SystemSpec> {
  const { value } = await loadDataFiles(`sample-data/${set}`, dataNames);
  return {
    ...value,
    serverData: { servers: value.serverData.servers.map((item) => ({ ...item, ...server })) },
    optimizerData: { optimizer: { ...value.optimizerData.optimizer, tpsTargetReplacesLoad: true, ...optimizer } },
  };
}

interface ExpectedRow {
  server: string;
  accelerator: string;
  maxQueueSize: string;
  numReplicas: string;
  maxBatch: string;
  costCentsPerHour: string;
  itlMs: string;
  ttftMs: string;
}

function expectedRows(file: string): ExpectedRow[] {
  const [header = '', ...lines] = readFileSync(`sample-data/expected/${file}-candidates.csv`, 'utf8').trim().split(/\r?\n/);
  const names = header.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ''])) as unknown as ExpectedRow;
  });
}

/** Each row is a problem of its own: one server, kept on one accelerator, unlimited. */
function answerRow(system: SystemSpec, row: ExpectedRow): Decision['allocations'][string] | undefined {
  const server = system.serverData.servers.find((item) => item.name === row.server)!;
  const only: ServerSpec = {
    ...server,
    keepAccelerator: true,
    ...(row.maxQueueSize === '' ? {} : { maxQueueSize: Number(row.maxQueueSize) }),
    currentAlloc: {
      accelerator: row.accelerator,
      numReplicas: 0,
      maxBatch: 0,
      cost: 0,
      itlAverage: 0,
      ttftAverage: 0,
      load: server.currentAlloc!.load!,
    },
  };
  return optimize({ ...system, serverData: { servers: [only] } }, asReference).allocations[row.server];
}

describe('known answers of the reference optimizer', () => {
  const files = [
    { file: 'small-iteration', set: 'small', rows: 174 },
    { file: 'large-iteration', set: 'large', rows: 1128 },
    { file: 'small-linear', set: 'small-linear', rows: 81 },
    { file: 'large-linear', set: 'large-linear', rows: 555 },
  ];
  for (const { file, set, rows } of files) {
    it(`${file}: all ${rows} candidates`, async () => {
      const system = await sampleSystem(set, { unlimited: true });
      const expected = expectedRows(file);
      expect(expected).to.have.length(rows);
      for (const row of expected) {
        const answer = answerRow(system, row);
        const where = `${row.server} on ${row.accelerator}, queue ${row.maxQueueSize}`;
        if (row.numReplicas === '') {
          expect(answer, where).to.equal(undefined);
          continue;
        }
        expect(answer, where).to.include({ numReplicas: Number(row.numReplicas), maxBatch: Number(row.maxBatch) });
        expect(answer!.cost, where).to.be.closeTo(Number(row.costCentsPerHour), 1e-6);
        expect(answer!.itlAverage, where).to.be.closeTo(Number(row.itlMs), 1e-3 * Number(row.itlMs));
        expect(answer!.ttftAverage, where).to.be.closeTo(Number(row.ttftMs), 1e-3 * Number(row.ttftMs));
      }
    });
  }
});

describe('totals of the reference optimizer', () => {
  // sample-data/SOURCES.md: servers, cents/hr. Not the replicas: where costs tie, the reference's choice differs from run to run.
  const totals = [
    { set: 'small', maxQueueSize: 0, unlimited: [15, 21_252], limited: [15, 25_826] },
    { set: 'small', maxQueueSize: 500, unlimited: [15, 28_911], limited: [15, 31_707] },
    { set: 'large', maxQueueSize: 0, unlimited: [27, 20_439], limited: [27, 21_855] },
    { set: 'large', maxQueueSize: 500, unlimited: [27, 22_416], limited: [27, 24_954] },
    { set: 'small-linear', maxQueueSize: undefined, unlimited: [15, 35_924.5], limited: [15, 43_819] },
    { set: 'large-linear', maxQueueSize: undefined, unlimited: [27, 18_205], limited: [26, 19_208] },
  ];

  function summary({ allocations }: Decision) {
    const all = Object.values(allocations);
    return { servers: all.length, cost: all.reduce((sum, item) => sum + item.cost!, 0) };
  }

  for (const { set, maxQueueSize, unlimited, limited } of totals) {
    const name = `${set}, queue ${maxQueueSize ?? 'ten per slot'}`;
    const queue = maxQueueSize === undefined ? {} : { maxQueueSize };

    it(`${name}: unlimited within 0.1 %`, async () => {
      const [servers, cost = 0] = unlimited;
      const ours = summary(optimize(await sampleSystem(set, { unlimited: true }, queue), asReference));
      expect(ours.servers).to.equal(servers);
      expect(ours.cost).to.be.closeTo(cost, 0.001 * cost);
    });

    it(`${name}: limited no dearer, and no server less`, async () => {
      const [servers = 0, cost = 0] = limited;
      const ours = summary(optimize(await sampleSystem(set, { solver: 'greedy', saturationPolicy: 'None' }, queue), asReference));
      expect(ours.servers).to.be.at.least(servers);
      expect(ours.cost).to.be.at.most(cost * (1 + 1e-9));
    });
  }
});
