import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { realClock } from '#shared/clock/real-clock.js';
import { errorText } from '#shared/observe/logger.js';
import { until } from '#shared/testing/until.js';
import { emptyStart } from '../../test/exhaustive.js';
import { toProblem } from '../../test/random-problem.js';
import type { ExactProblem, ExactSolver } from '../../ports.js';
import { createExactSolver, type ExactSolverOptions } from './exact-solver.js';

const never = new AbortController().signal;
const problem = toProblem({
  capacity: [2],
  servers: [
    { level: 0, choices: [[0, 2, 7]] },
    { level: 1, choices: [[0, 1, 3]] },
  ],
});
const exact: ExactProblem = { problem, mixtures: [], start: emptyStart(problem) };

/** A thread that runs this, on `message`s or at its start. */
function thread(source: string): Worker {
  return new Worker(`const { parentPort } = require('node:worker_threads'); ${source}`, { eval: true });
}

async function failure(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => 'none',
    (error: unknown) => errorText(error),
  );
}

describe('the exact solver in its thread', () => {
  const solvers: ExactSolver[] = [];
  const create = (over: Partial<ExactSolverOptions> = {}): ExactSolver => {
    const solver = createExactSolver({ timeLimitMs: 60_000, relativeGap: 0, clock: realClock, ...over });
    solvers.push(solver);
    return solver;
  };
  afterEach(async () => {
    for (const solver of solvers.splice(0)) await solver.close();
  });

  it('answers by HiGHS, one problem after the other in the same thread', async () => {
    let started = 0;
    const { startHighsWorker } = await import('./start-worker.js');
    const solver = create({ startWorker: () => (started++, startHighsWorker()) });
    const answers = await Promise.all([solver.solve(exact, never), solver.solve(exact, never)]);
    for (const { assignment, isCutShort } of answers) {
      expect([...assignment.choice]).to.deep.equal([0, -1]);
      expect(assignment.certificate.mostServed).to.deep.equal([1, 0]);
      expect(isCutShort).to.equal(false);
    }
    expect(started).to.equal(1);
  });

  it('out of time, answers the start and says that it was cut short', async () => {
    const { assignment, isCutShort } = await create({ timeLimitMs: 0, graceMs: 60_000 }).solve(exact, never);
    expect([...assignment.choice]).to.deep.equal([-1, -1]);
    expect(assignment.certificate.mostServed).to.deep.equal([1, 1]);
    expect(isCutShort).to.equal(true);
  });

  it('starts no thread before there is a problem', () => {
    create({
      startWorker: () => {
        throw new Error('started');
      },
    });
  });

  const broken = [
    {
      name: 'cannot be loaded',
      source: "throw new Error('no WebAssembly here')",
      says: 'its thread failed: no WebAssembly here',
    },
    {
      name: 'crashes',
      source: "parentPort.on('message', () => { throw new Error('out of memory') })",
      says: 'its thread failed: out of memory',
    },
    { name: 'ends', source: "parentPort.on('message', () => process.exit(0))", says: 'its thread ended' },
  ];
  for (const { name, source, says } of broken) {
    it(`rejects when it ${name}, and starts another for the next problem`, async () => {
      let started = 0;
      const solver = create({
        startWorker: () =>
          started++ === 0 ? thread(source) : thread("parentPort.on('message', () => parentPort.postMessage('well'))"),
      });
      expect(await failure(solver.solve(exact, never))).to.equal(says);
      expect(await solver.solve(exact, never)).to.equal('well');
      expect(started).to.equal(2);
    });
  }

  it('rejects when there can be no thread', async () => {
    const solver = create({
      startWorker: () => {
        throw new Error('no threads');
      },
    });
    expect(await failure(solver.solve(exact, never))).to.equal('no threads');
  });

  it('ends a thread that is far over its time from outside', async () => {
    const solver = create({
      timeLimitMs: 1,
      graceMs: 1,
      startWorker: () => thread("parentPort.on('message', () => { for (;;); })"),
    });
    expect(await failure(solver.solve(exact, never))).to.equal('no answer 1 ms after its time');
  });

  it('ends the thread of what is given up, while the next problem waits for a new one', async () => {
    let started = 0;
    const solver = create({
      startWorker: () =>
        started++ === 0
          ? thread("parentPort.on('message', () => { for (;;); })")
          : thread("parentPort.on('message', () => parentPort.postMessage('well'))"),
    });
    const caller = new AbortController();
    const givenUp = failure(solver.solve(exact, caller.signal));
    const next = solver.solve(exact, never);
    await until(() => started === 1);
    caller.abort(new Error('the client went away'));
    expect(await givenUp).to.equal('the client went away');
    expect(await next).to.equal('well');
  });

  it('closed, gives up what is under way and takes nothing more', async () => {
    const solver = create({ startWorker: () => thread("parentPort.on('message', () => { for (;;); })") });
    const underWay = failure(solver.solve(exact, never));
    await new Promise((resolve) => setImmediate(resolve));
    await solver.close();
    expect(await underWay).to.equal('its thread ended');
    expect(await failure(solver.solve(exact, never))).to.equal('the solver is closed');
  });
});
