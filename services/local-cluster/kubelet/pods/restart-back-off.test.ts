import { expect } from 'chai';
import { nextBackOff, shouldRestart, type RestartBackOff } from './restart-back-off.js';

describe('nextBackOff', () => {
  it('restarts at once, then after 10 s doubling to 5 min', () => {
    const delays: number[] = [];
    let backOff: RestartBackOff | undefined;
    for (let crash = 0; crash < 9; crash++) {
      backOff = nextBackOff(backOff, 500);
      delays.push(backOff.delayMs / 1000);
    }
    expect(delays).to.deep.equal([0, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  it('forgets after 10 min of running', () => {
    expect(nextBackOff({ delayMs: 300_000 }, 600_000)).to.deep.equal({ delayMs: 0 });
    expect(nextBackOff({ delayMs: 300_000 }, 599_999)).to.deep.equal({ delayMs: 300_000 });
  });
});

describe('shouldRestart', () => {
  const cases = [
    ['Always', 0, true],
    ['Always', 1, true],
    ['OnFailure', 0, false],
    ['OnFailure', 137, true],
    ['Never', 0, false],
    ['Never', 1, false],
  ] as const;
  for (const [policy, exitCode, expected] of cases) {
    it(`${policy}, exit code ${exitCode}: ${expected ? 'yes' : 'no'}`, () => {
      expect(shouldRestart(policy, exitCode)).to.equal(expected);
    });
  }
});
