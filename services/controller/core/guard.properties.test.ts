import { expect } from 'chai';
import fc from 'fast-check';
import type { OptimizeOneResponse } from '#shared/contracts/optimizer.js';
import type { SystemData } from '#shared/contracts/system-data.js';
import { carriedOut, decideOn } from '../test/support/decide-with.js';
import { collected, coveredFor, dataWith, guardConfig, server, type FleetServer } from '../test/support/fleet.js';
import { toyRates, toySolve } from '../test/support/toy-solver.js';
import type { Decision } from './conclude.js';
import { cardsOf } from './server-view.js';
import { createFacts, type ControllerData } from './facts.js';
import { NO_STATE, type GuardState } from './guard-memory.js';

const rates = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 400 }), fc.constantFrom('HTTP 401', 'no samples'));

const members = fc
  .record({
    class: fc.constantFrom('Premium', 'Free', 'Gold'),
    model: fc.constantFrom('m', 'm', 'm', 'other', 'gpt'),
    accelerator: fc.constantFrom('L4', 'L4', 'A100', '2xA100', 'H100', ''),
    replicas: fc.integer({ min: 0, max: 9 }),
    maxBatch: fc.constantFrom(0, 16, 32, 48),
    rate: rates,
    outTokens: fc.constantFrom<(number | string)[]>(100, 0, 'no completions'),
    itl: fc.constantFrom<(number | string)[]>(20, 60, 'no tokens'),
    minimum: fc.constantFrom(undefined, 0, 2),
    maximum: fc.constantFrom(undefined, 4, 8),
    terminating: fc.integer({ min: 0, max: 3 }),
    rolling: fc.boolean(),
    oldPods: fc.constantFrom({}, { L4: 2 }, { A100: 1 }),
    lastWritten: fc.constantFrom(undefined, 3),
    changedAt: fc.constantFrom(undefined, 0, 900_000),
  })
  .map(({ minimum, maximum, terminating, rolling, oldPods, lastWritten, changedAt, ...item }): Partial<FleetServer> => {
    const pods = {
      ...(rolling ? oldPods : {}),
      ...(item.accelerator === '' ? {} : { [item.accelerator]: item.replicas + terminating }),
    };
    return {
      ...item,
      spec: {
        ...(minimum === undefined ? {} : { minNumReplicas: minimum }),
        ...(maximum === undefined ? {} : { maxNumReplicas: maximum }),
      },
      status: {
        podsByAccelerator: pods,
        terminatingReplicas: terminating,
        rolloutInProgress: rolling,
        ...(lastWritten === undefined ? {} : { lastWrittenReplicas: lastWritten }),
        ...(changedAt === undefined ? {} : { acceleratorChangedAt: changedAt }),
      },
    };
  });

const fleets = fc.array(members, { maxLength: 6 }).map((items) => items.map((item, index) => server(`s${index}`, item)));
const data = fc.record({ L4: fc.integer({ min: 0, max: 40 }), A100: fc.integer({ min: 0, max: 30 }) }).map(dataWith);
const configs = fc.record({
  stabilizationCycles: fc.integer({ min: 1, max: 3 }),
  windowStepMs: fc.constantFrom(0, 54_000),
  scaleDownMargin: fc.constantFrom(0, 0.1, 1),
  cooldownMs: fc.constantFrom(0, 300_000),
  batchHysteresis: fc.constant(0.5),
  startTimeoutMs: fc.constant(600_000),
  maxCostPerHr: fc.constantFrom(Infinity, 0, 100, 400),
  maxReplicaChanges: fc.constantFrom(Infinity, 1, 5),
});

const NOW = { nowMs: 1_000_000 };

/** Three cycles in a row on a fleet that carries each decision out at once, with loads that change on the way. */
const stories = fc.record({
  fleet: fleets,
  data,
  config: configs,
  loads: fc.array(fc.array(rates, { minLength: 6, maxLength: 6 }), { minLength: 3, maxLength: 3 }),
});

type Story = typeof stories extends fc.Arbitrary<infer T> ? T : never;

function live(
  { fleet: start, data: files, config, loads }: Story,
  see: (before: FleetServer[], decision: Decision) => void,
): void {
  let fleet = start;
  let state: GuardState = NO_STATE;
  for (const rate of loads) {
    fleet = fleet.map((item, index) => ({ ...item, rate: rate[index]! }));
    const decision = decideOn(fleet, { ...NOW, data: files, config, state });
    see(fleet, decision);
    ({ state } = decision);
    fleet = carriedOut(fleet, decision);
  }
}

function cardsByType(files: ControllerData, fleet: readonly FleetServer[], of: (item: FleetServer) => Record<string, number>) {
  const facts = createFacts(files);
  const sum: Record<string, number> = {};
  for (const item of fleet) {
    for (const [type, count] of cardsOf(facts, item.model, of(item))) sum[type] = (sum[type] ?? 0) + count;
  }
  return sum;
}

/** What is held from the start of a decision until all of it is carried out, in whatever order: of each type the most of both. */
function peakCards(files: ControllerData, before: readonly FleetServer[], after: readonly FleetServer[]): Record<string, number> {
  const sum: Record<string, number> = {};
  before.forEach((item, index) => {
    const held = cardsByType(files, [item], ({ status }) => status.podsByAccelerator ?? {});
    const asked = cardsByType(files, [item], ({ accelerator, replicas }) => ({ [accelerator]: replicas }));
    const target = after[index]!;
    const moves = item.accelerator !== target.accelerator && item.replicas > 0;
    // A roll-out goes through the old count first.
    const most = moves ? Math.max(item.replicas, target.replicas) : target.replicas;
    const planned = cardsByType(files, [target], ({ accelerator }) => ({ [accelerator]: most }));
    for (const type of ['L4', 'A100']) {
      const now = Math.max(held[type] ?? 0, asked[type] ?? 0);
      // Old and new pods run side by side during a move; growth comes on top of what still terminates.
      const extra = moves ? (planned[type] ?? 0) : Math.max(0, (planned[type] ?? 0) - (asked[type] ?? 0));
      sum[type] = (sum[type] ?? 0) + now + extra;
    }
  });
  return sum;
}

function heldCards(files: ControllerData, fleet: readonly FleetServer[]): Record<string, number> {
  return peakCards(files, fleet, fleet);
}

describe('laws of the guard', () => {
  it('an unknown load never lowers a count', () => {
    fc.assert(
      fc.property(stories, (story) => {
        live(story, (before, { changes }) => {
          for (const item of before) {
            const isKnown = item.rate === 0 || (typeof item.rate === 'number' && item.outTokens === 100);
            const change = changes[item.name];
            if (!isKnown && change !== undefined) expect(change.numReplicas).to.be.at.least(item.replicas);
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it('a load that is measured over a short time never lowers what a server can carry, whatever was seen before', () => {
    const spans = fc.constantFrom(undefined, 3, 29, 30, 60);
    const patterns = fc.array(fc.array(spans, { minLength: 6, maxLength: 6 }), { minLength: 6, maxLength: 6 });
    const load = fc.array(fc.array(rates, { minLength: 6, maxLength: 6 }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(
        stories,
        patterns,
        load,
        fc.constantFrom(5, 60),
        ({ fleet: start, data: files, config }, pattern, loads, periodSec) => {
          let fleet = start;
          let state: GuardState = NO_STATE;
          pattern.forEach((covered, cycle) => {
            fleet = fleet.map((item, index) => {
              const span = covered[index];
              return { ...item, rate: loads[cycle]![index]!, coverage: span === undefined ? undefined : coveredFor(span) };
            });
            const nowMs = NOW.nowMs + cycle * periodSec * 1000;
            const decision = decideOn(fleet, { nowMs, data: files, config, state });
            for (const item of fleet) {
              const change = decision.changes[item.name];
              const isShort =
                [item.rate, item.outTokens].some((value) => typeof value === 'number') && item.coverage?.quality === 'short';
              if (!isShort || change === undefined) continue;
              const { maxNumReplicas = Infinity } = item.spec;
              const kept = Math.min(item.replicas, maxNumReplicas);
              if (change.accelerator === item.accelerator) expect(change.numReplicas).to.be.at.least(kept);
              else {
                const now = carries(item.accelerator, kept, item.maxBatch);
                expect(carries(change.accelerator, change.numReplicas)).to.be.at.least(now);
              }
            }
            ({ state } = decision);
            fleet = carriedOut(fleet, decision);
          });
        },
      ),
      { numRuns: 300 },
    );

    /** As the solver has it: a smaller max batch carries less. 0: not known. */
    function carries(accelerator: string, replicas: number, maxBatch = 0): number {
      const part = maxBatch === 0 ? 1 : Math.min(1, maxBatch / 32);
      return (toyRates[accelerator] ?? 0) * part * replicas;
    }
  });

  it('no type is asked for more cards than there are, whatever the order of the steps; what is beyond them never grows', () => {
    fc.assert(
      fc.property(stories, (story) => {
        live(story, (before, decision) => {
          const peak = peakCards(story.data, before, carriedOut(before, decision));
          const held = heldCards(story.data, before);
          for (const { type, count } of story.data.capacityData.count) {
            expect(peak[type] ?? 0).to.be.at.most(Math.max(count, held[type] ?? 0));
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it('the ceilings on cost and on changed replicas are never exceeded', () => {
    fc.assert(
      fc.property(stories, (story) => {
        live(story, (before, { cost, changes }) => {
          expect(cost.planned).to.be.at.most(Math.max(story.config.maxCostPerHr, cost.current) + 1e-6);
          const changed = before.reduce((sum, item) => {
            const change = changes[item.name];
            if (change === undefined) return sum;
            const replaces = change.accelerator !== item.accelerator || change.numReplicas === item.replicas;
            return sum + (replaces ? Math.max(item.replicas, change.numReplicas) : Math.abs(change.numReplicas - item.replicas));
          }, 0);
          expect(changed).to.be.at.most(story.config.maxReplicaChanges);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('bounds hold for whatever changes', () => {
    fc.assert(
      fc.property(stories, (story) => {
        live(story, (before, { changes }) => {
          for (const item of before) {
            const change = changes[item.name];
            if (change === undefined) continue;
            const { minNumReplicas = 1, maxNumReplicas = Infinity } = item.spec;
            expect(change.numReplicas).to.be.at.most(Math.max(item.replicas, maxNumReplicas));
            expect(change.numReplicas).to.be.at.least(Math.min(item.replicas, minNumReplicas, maxNumReplicas));
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it('a decision that is carried out leads to nothing more, once windows and waits are over', () => {
    fc.assert(
      fc.property(fleets, data, (start, files) => {
        const config = { ...guardConfig, cooldownMs: 0 };
        let fleet = start.map((item) => ({ ...item, status: {} }));
        let state: GuardState = NO_STATE;
        let changes: Decision['changes'] = {};
        for (let cycle = 0; cycle < 12; cycle++) {
          const decision = decideOn(fleet, { ...NOW, data: files, config, state });
          ({ state, changes } = decision);
          fleet = carriedOut(fleet, decision);
        }
        expect(changes).to.deep.equal({});
      }),
      { numRuns: 200 },
    );
  });

  it('the order of the items does not matter', () => {
    fc.assert(
      fc.property(fleets, data, fc.infiniteStream(fc.nat()), (fleet, files, random) => {
        const shuffle = <T>(items: readonly T[]): T[] =>
          [...items]
            .map((item) => ({ item, key: random.next().value as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ item }) => item);
        const shuffled: ControllerData = {
          ...files,
          acceleratorData: { accelerators: shuffle(files.acceleratorData.accelerators) },
          capacityData: { count: shuffle(files.capacityData.count) },
          modelData: { models: shuffle(files.modelData.models) },
          serviceClassData: { serviceClasses: shuffle(files.serviceClassData.serviceClasses) },
        };
        const one = decideOn(fleet, { ...NOW, data: files });
        const other = decideOn([], { ...NOW, data: shuffled, collected: collected(shuffle(fleet)) });
        expect(JSON.stringify(other.servers)).to.equal(JSON.stringify(one.servers));
        expect(JSON.stringify(other.changes)).to.equal(JSON.stringify(one.changes));
        expect(other.state).to.deep.equal(one.state);
      }),
      { numRuns: 200 },
    );
  });

  it('no answer of a solver, however wild, breaks a hold, a bound of cards or a ceiling', () => {
    const wild = fc.record({
      accelerator: fc.constantFrom('L4', 'A100', '2xA100'),
      numReplicas: fc.integer({ min: 0, max: 1000 }),
      given: fc.boolean(),
    });
    fc.assert(
      fc.property(fleets, data, configs, fc.array(wild, { minLength: 6, maxLength: 6 }), (fleet, files, config, answers) => {
        const solve = (problem: SystemData): OptimizeOneResponse => {
          const answer = toySolve(problem);
          const given = problem.system.serverData.servers.flatMap(({ name }, index) => {
            const { accelerator, numReplicas, given: isGiven } = answers[index]!;
            const allocation = { accelerator, numReplicas, maxBatch: 8, cost: 1, itlAverage: 1, ttftAverage: 1 };
            return isGiven ? [[name, allocation] as const] : [];
          });
          return { ...answer, allocations: Object.fromEntries(given) };
        };
        const decision = decideOn(fleet, { ...NOW, data: files, config }, solve);
        const peak = peakCards(files, fleet, carriedOut(fleet, decision));
        const held = heldCards(files, fleet);
        for (const { type, count } of files.capacityData.count) {
          expect(peak[type] ?? 0).to.be.at.most(Math.max(count, held[type] ?? 0));
        }
        expect(decision.cost.planned).to.be.at.most(Math.max(config.maxCostPerHr, decision.cost.current) + 1e-6);
        for (const item of fleet) {
          const isKnown = item.rate === 0 || (typeof item.rate === 'number' && item.outTokens === 100);
          const change = decision.changes[item.name];
          if (!isKnown && change !== undefined) expect(change.numReplicas).to.be.at.least(item.replicas);
        }
      }),
      { numRuns: 300 },
    );
  });
});
