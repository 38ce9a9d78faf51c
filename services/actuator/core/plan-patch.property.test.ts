import { expect } from 'chai';
import fc from 'fast-check';
import { pendingCountOf } from '#shared/kube/pending-count.js';
import { applied, deployment, placements, rolledOut } from '../test/support/builders.js';
import { planPatch, planPending } from './plan-patch.js';

const accelerators = fc.constantFrom(...Object.keys(placements));
const args = fc.constantFrom(['--max-num-seqs', '8'], ['--max-num-seqs=8', '--tensor-parallel-size', '4'], ['--x'], []);
const start = fc.record({
  accelerator: fc.constantFrom('A100', 'G2'),
  replicas: fc.nat(9),
  cards: fc.integer({ min: 1, max: 3 }),
  args,
});
const target = fc.record({ accelerator: accelerators, numReplicas: fc.nat(9), maxBatch: fc.constantFrom(0, 8, 64) });
const startAndTargets = fc.tuple(start, fc.array(target, { minLength: 1, maxLength: 4 }));

describe('planPatch, for every Deployment and sequence of targets', () => {
  it('is idempotent: the patch applied, nothing further is written', () => {
    fc.assert(
      fc.property(startAndTargets, fc.boolean(), ([from, targets], isRolledOut) => {
        let state = deployment(from);
        for (const wanted of targets) {
          state = applied(state, planPatch(state, wanted, placements, 0).patch);
          if (isRolledOut) {
            state = applied(rolledOut(state), planPatch(rolledOut(state), wanted, placements, 1).patch);
            state = rolledOut(state);
          }
          expect(planPatch(state, wanted, placements, 2).patch).to.equal(undefined);
        }
      }),
    );
  });

  it('never changes template and count in one patch, and changes no count before the roll-out of a template of ours is over', () => {
    fc.assert(
      fc.property(startAndTargets, ([from, targets]) => {
        let state = deployment(from);
        for (const wanted of targets) {
          const spec = planPatch(state, wanted, placements, 0).patch?.spec ?? {};
          expect('template' in spec && 'replicas' in spec).to.equal(false);
          if (pendingCountOf(state) !== undefined && wanted.numReplicas > 0) expect(spec).not.to.have.property('replicas');
          state = applied(state, { metadata: { labels: {}, annotations: {} }, ...planPatch(state, wanted, placements, 0).patch });
          expect(planPending(state)?.patch?.spec).to.equal(undefined);
        }
      }),
    );
  });

  it('arrives: after the roll-out the last target holds, and a count that waited is set without being asked for again', () => {
    fc.assert(
      fc.property(startAndTargets, ([from, targets]) => {
        let state = deployment(from);
        for (const wanted of targets) state = applied(state, planPatch(state, wanted, placements, 0).patch);
        const last = targets.at(-1)!;
        const waited = pendingCountOf(state) !== undefined;
        state = applied(rolledOut(state), planPending(rolledOut(state))?.patch);
        if (!waited) state = applied(rolledOut(state), planPatch(rolledOut(state), last, placements, 0).patch);
        expect(state.spec!.replicas).to.equal(last.numReplicas);
      }),
    );
  });
});
