import { expect } from 'chai';
import fc from 'fast-check';
import { FinishWheel } from './finish-wheel.js';

describe('FinishWheel', () => {
  it('is empty at first', () => {
    const wheel = new FinishWheel();
    expect(wheel.nextAfter(5)).to.equal(Infinity);
    expect(wheel.take(5)).to.equal(-1);
  });

  it('agrees with a map of iterations over any additions, removals and passing of time', () => {
    const step = fc.record({
      add: fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 4 }),
      removeAt: fc.nat(),
      steps: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.nat(1e12), fc.array(step, { maxLength: 60 }), (start, steps) => {
        const wheel = new FinishWheel();
        const model = new Map<number, number>();
        let iteration = start;
        let slots = 0;
        for (const { add, removeAt, steps: jumps } of steps) {
          for (const distance of add) {
            wheel.add(slots, iteration + distance, iteration);
            model.set(slots++, iteration + distance);
          }
          const victim = [...model.keys()][removeAt];
          if (victim !== undefined) {
            expect(wheel.finishAt(victim)).to.equal(model.get(victim));
            wheel.remove(victim);
            model.delete(victim);
          }
          for (let jump = 0; jump < jumps; jump++) {
            const next = Math.min(...model.values());
            expect(wheel.nextAfter(iteration)).to.equal(next);
            if (next === Infinity) break;
            iteration = next;
            const taken = new Set<number>();
            for (let slot = wheel.take(iteration); slot >= 0; slot = wheel.take(iteration)) taken.add(slot);
            expect(taken).to.deep.equal(new Set([...model.keys()].filter((slot) => model.get(slot) === iteration)));
            for (const slot of taken) model.delete(slot);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
