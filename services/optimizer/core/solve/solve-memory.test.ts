import { expect } from 'chai';
import type { SystemSpec } from '#shared/contracts/system-data.js';
import { aMinuteLater, contestedProblem } from '../../bench/contested-problem.js';
import { assignmentProblem } from '../assign/assignment-problem.js';
import { solveAuto, type WarmStart } from '../assign/solve-auto.js';
import { prepare } from '../prepare.js';
import { createSolveMemory, type SolveMemory } from './solve-memory.js';

const options = { firstTokenWithPrefill: false };
const distance = { missing: 0, gap: 2e-4 };
const system = contestedProblem({ servers: 60, accelerators: 10, types: 6, supply: 0.7, seed: 5 }, options);

function taskOf(given: SystemSpec): ReturnType<typeof assignmentProblem> {
  const { contenders, ledger } = prepare(given, options);
  return assignmentProblem(contenders, ledger);
}

/** After a solve of the system. */
function remembering(): { memory: SolveMemory; warm: WarmStart } {
  const memory = createSolveMemory();
  const task = taskOf(system);
  const { warm } = solveAuto(task.problem);
  memory.keep(task, warm, distance);
  return { memory, warm };
}

/** Server → accelerator, of those that have a choice. */
function placesOf({ index }: ReturnType<typeof assignmentProblem>, choice: Int32Array): Record<string, string> {
  return Object.fromEntries(
    index.contenders.flatMap(({ name }, server) => {
      const candidate = index.candidates[choice[server]!];
      return candidate === undefined ? [] : [[name, candidate.placement.accelerator]];
    }),
  );
}

describe('createSolveMemory', () => {
  it('recalls nothing before there was a solve, nor of servers that it does not know', () => {
    expect(createSolveMemory().recall(taskOf(system))).to.equal(undefined);
    const servers = system.serverData.servers.map((server) => ({ ...server, name: `other-${server.name}` }));
    expect(remembering().memory.recall(taskOf({ ...system, serverData: { servers } }))).to.equal(undefined);
  });

  it('recalls of the same system where each server was put, and the prices', () => {
    const { memory, warm } = remembering();
    const task = taskOf(system);
    const recalled = memory.recall(task)!;
    expect(recalled.distance).to.equal(distance);
    expect(placesOf(task, recalled.warm.choice)).to.deep.equal(placesOf(task, warm.choice));
    expect(recalled.warm.prices).to.equal(warm.prices);
  });

  it('recalls by name when servers come and go, and the load is another', () => {
    const { memory, warm } = remembering();
    const placed = placesOf(taskOf(system), warm.choice);
    const [first, ...others] = aMinuteLater(system, 2).serverData.servers;
    const servers = [{ ...first!, name: 'a new one' }, ...others];
    const task = taskOf({ ...system, serverData: { servers } });
    const recalled = placesOf(task, memory.recall(task)!.warm.choice);
    expect(Object.keys(recalled).length).to.be.greaterThan(30);
    for (const [name, accelerator] of Object.entries(recalled)) expect(accelerator, name).to.equal(placed[name]);
    expect(recalled).not.to.have.property('a new one');
  });

  it('keeps back prices of other types or priorities', () => {
    const { memory } = remembering();
    const serviceClasses = system.serviceClassData.serviceClasses.map((one) => ({ ...one, priority: one.priority + 1 }));
    expect(memory.recall(taskOf({ ...system, serviceClassData: { serviceClasses } }))!.warm.prices).to.deep.equal([]);
  });
});
