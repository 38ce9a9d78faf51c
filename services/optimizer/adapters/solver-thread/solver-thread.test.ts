import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { ContractError } from '#shared/contracts/contract-error.js';
import { ServiceError } from '#shared/http/service-error.js';
import { until } from '#shared/testing/until.js';
import type { Question } from '../../answerer.js';
import { createSolverThread, type SolverThread, type SolverThreadOptions } from './solver-thread.js';

const never = new AbortController().signal;
const question: Question = { kind: 'body', body: {}, detail: 'none' };
const settings = { options: { firstTokenWithPrefill: false }, exact: { timeLimitMs: 1000, relativeGap: 0 } };

/** A thread that runs this on each question. */
function threadOf(source: string, memoryMb?: number): Worker {
  const body = `const { parentPort } = require('node:worker_threads'); parentPort.on('message', () => { ${source} })`;
  return new Worker(body, {
    eval: true,
    ...(memoryMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: memoryMb } }),
  });
}

const ANSWERS = "parentPort.postMessage({ kind: 'answered', answered: { json: 'well' } })";
const NEVER_ENDS = 'for (;;);';

async function outcome(answer: Promise<{ json: unknown }>): Promise<unknown> {
  try {
    return (await answer).json;
  } catch (error) {
    return error;
  }
}

describe('the thread of large problems', () => {
  const threads: SolverThread[] = [];
  const workers: Worker[] = [];
  /** Each source for one thread after the other, the last for all that follow. */
  const create = (
    sources: readonly string[],
    { memoryMb, ...over }: Partial<SolverThreadOptions> & { memoryMb?: number } = {},
  ) => {
    const startWorker = (): Worker => {
      const worker = threadOf(sources[Math.min(workers.length, sources.length - 1)] as string, memoryMb);
      workers.push(worker);
      return worker;
    };
    const thread = createSolverThread({ ...settings, startWorker, ...over });
    threads.push(thread);
    return thread;
  };
  afterEach(async () => {
    for (const thread of threads.splice(0)) await thread.close();
    workers.length = 0;
  });

  it('is started by the first problem, and kept for the others', async () => {
    const thread = create([ANSWERS]);
    expect(workers).to.have.length(0);
    expect(await Promise.all([1, 2, 3].map(() => outcome(thread.answer(question, never))))).to.deep.equal([
      'well',
      'well',
      'well',
    ]);
    expect(workers).to.have.length(1);
  });

  it('refuses a body in the words of the contract', async () => {
    const thread = createSolverThread(settings);
    threads.push(thread);
    const refused = await outcome(thread.answer(question, never));
    expect(refused).to.be.instanceOf(ContractError);
    expect((refused as ContractError).issues[0]).to.include({ source: 'body', path: 'system' });
  });

  it('out of memory, says so, and takes the next problem', async () => {
    const hoards = 'const all = []; for (;;) all.push(new Array(1000).fill(all.length));';
    const thread = create([hoards, ANSWERS], { memoryMb: 16 });
    const failed = await outcome(thread.answer(question, never));
    expect(failed).to.be.instanceOf(ServiceError).with.property('code', 'UNAVAILABLE');
    expect((failed as ServiceError).message).to.match(/^the problem takes more than the \d+ MB of memory that a solve may have/);
    expect(await outcome(thread.answer(question, never))).to.equal('well');
  });

  it('crashed, hands on what it crashed of, and takes the next problem', async () => {
    const thread = create(["throw new TypeError('a bug')", ANSWERS]);
    expect(await outcome(thread.answer(question, never)))
      .to.be.instanceOf(TypeError)
      .with.property('message', 'a bug');
    expect(await outcome(thread.answer(question, never))).to.equal('well');
  });

  it('ended, says so, and takes the next problem', async () => {
    const thread = create(['process.exit(0)', ANSWERS]);
    const failed = await outcome(thread.answer(question, never));
    expect(failed)
      .to.be.instanceOf(ServiceError)
      .with.property('message', 'the thread that solves large problems ended before its answer');
    expect(await outcome(thread.answer(question, never))).to.equal('well');
  });

  it('gives up what nobody waits for any more, under way or waiting', async () => {
    const thread = create([NEVER_ENDS, ANSWERS]);
    const first = new AbortController();
    const second = new AbortController();
    const underWay = outcome(thread.answer(question, first.signal));
    const waiting = outcome(thread.answer(question, second.signal));
    const last = outcome(thread.answer(question, never));
    await until(() => workers.length === 1);
    second.abort('second gone');
    expect(await waiting).to.equal('second gone');
    first.abort('first gone');
    expect(await underWay).to.equal('first gone');
    expect(await last).to.equal('well');
    expect(workers).to.have.length(2);
    expect(workers[0]?.threadId).to.equal(-1);
  });

  it('lets so many wait and no more', async () => {
    const thread = create([NEVER_ENDS, ANSWERS], { mostWaiting: 1 });
    const client = new AbortController();
    const underWay = outcome(thread.answer(question, client.signal));
    const waiting = outcome(thread.answer(question, never));
    const refused = await outcome(thread.answer(question, never));
    expect(refused).to.be.instanceOf(ServiceError).with.property('code', 'UNAVAILABLE');
    expect((refused as ServiceError).message).to.equal('1 large problems wait to be solved already: try again later');
    client.abort('gone');
    expect([await underWay, await waiting]).to.deep.equal(['gone', 'well']);
  });

  it('closed, ends its thread and gives up what is under way and what waits', async () => {
    const thread = create([NEVER_ENDS]);
    const underWay = outcome(thread.answer(question, never));
    const waiting = outcome(thread.answer(question, never));
    await until(() => workers.length === 1);
    await thread.close();
    expect(workers[0]?.threadId).to.equal(-1);
    for (const given of [underWay, waiting])
      expect(await given)
        .to.be.instanceOf(ServiceError)
        .with.property('code', 'UNAVAILABLE');
    expect(await outcome(thread.answer(question, never)))
      .to.be.instanceOf(ServiceError)
      .with.property('message', 'the optimizer stops');
    expect(workers).to.have.length(1);
  });
});
