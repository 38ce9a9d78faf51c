import { expect } from 'chai';
import fc from 'fast-check';
import { hasFailed, initialProbeState, observeProbe, probeTiming } from './probe-state.js';

function verdicts(kind: 'readiness' | 'liveness' | 'startup', results: string, thresholds: { success: number; failure: number }) {
  const timing = { successThreshold: thresholds.success, failureThreshold: thresholds.failure };
  let state = initialProbeState(kind);
  return [...results]
    .map((result) => {
      state = observeProbe(state, result === '+', timing);
      return state.passing ? 'Y' : 'n';
    })
    .join('');
}

describe('observeProbe', () => {
  const cases: [string, Parameters<typeof verdicts>, string][] = [
    ['ready at the first success', ['readiness', '--+', { success: 1, failure: 3 }], 'nnY'],
    ['ready after two successes in a row', ['readiness', '+-++', { success: 2, failure: 3 }], 'nnnY'],
    ['unready at the third failure in a row', ['readiness', '+--+---', { success: 1, failure: 3 }], 'YYYYYYn'],
    ['alive until the threshold', ['liveness', '--+---', { success: 1, failure: 3 }], 'YYYYYn'],
    ['not started before a success', ['startup', '---+', { success: 1, failure: 30 }], 'nnnY'],
  ];
  for (const [name, args, expected] of cases) {
    it(name, () => {
      expect(verdicts(...args)).to.equal(expected);
    });
  }

  it('never turns on fewer results in a row than the threshold', () => {
    const thresholds = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(fc.array(fc.boolean()), thresholds, thresholds, (results, successThreshold, failureThreshold) => {
        let state = initialProbeState('readiness');
        results.forEach((succeeded, index) => {
          const before = state;
          state = observeProbe(state, succeeded, { successThreshold, failureThreshold });
          if (state.passing === before.passing) return;
          const needed = state.passing ? successThreshold : failureThreshold;
          expect(index + 1).to.be.at.least(needed);
          expect(results.slice(index + 1 - needed, index + 1).every((item) => item === state.passing)).to.equal(true);
        });
      }),
    );
  });
});

describe('hasFailed', () => {
  it('holds for a startup probe that never passed, at its threshold', () => {
    let state = initialProbeState('startup');
    const timing = { successThreshold: 1, failureThreshold: 2 };
    state = observeProbe(state, false, timing);
    expect(hasFailed(state, timing)).to.equal(false);
    state = observeProbe(state, false, timing);
    expect(hasFailed(state, timing)).to.equal(true);
  });
});

describe('probeTiming', () => {
  it("has the API's defaults", () => {
    expect(probeTiming({})).to.deep.equal({
      initialDelayMs: 0,
      periodMs: 10_000,
      timeoutMs: 1_000,
      successThreshold: 1,
      failureThreshold: 3,
    });
  });

  it('takes no period or timeout below a second', () => {
    expect(probeTiming({ periodSeconds: 0, timeoutSeconds: -1, initialDelaySeconds: -5 })).to.include({
      periodMs: 1_000,
      timeoutMs: 1_000,
      initialDelayMs: 0,
    });
  });
});
