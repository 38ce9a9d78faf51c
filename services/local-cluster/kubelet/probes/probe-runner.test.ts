import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import { runProbe } from './probe-runner.js';
import type { ProbeKind } from './probe-state.js';

describe('runProbe', () => {
  let clock: ManualClock;
  let attempts: number[];
  let seen: string[];
  let passes: boolean;

  beforeEach(() => {
    clock = new ManualClock();
    attempts = [];
    seen = [];
    passes = false;
  });

  function run(kind: ProbeKind, onVerdict: (passing: boolean) => void = (passing) => seen.push(String(passing))): () => void {
    return runProbe({
      kind,
      probe: { initialDelaySeconds: 2, periodSeconds: 5, failureThreshold: 2 },
      clock,
      attempt: () => {
        attempts.push(clock.now() / 1000);
        return Promise.resolve({ succeeded: passes, message: 'no' });
      },
      onVerdict,
      onFailure: (message, exhausted) => seen.push(`${message}${exhausted ? '!' : ''}`),
    });
  }

  it('waits the initial delay, then probes every period until it is stopped', async () => {
    const stop = run('readiness');
    await clock.advance(13_000);
    expect(attempts).to.deep.equal([2, 7, 12]);
    stop();
    await clock.advance(60_000);
    expect(attempts).to.have.length(3);
  });

  it('reports each failure, and when they have used up the threshold', async () => {
    const stop = run('liveness');
    await clock.advance(8_000);
    expect(seen).to.deep.equal(['no', 'no!', 'false']);
    stop();
  });

  it('reports a verdict only when it turns', async () => {
    passes = true;
    const stop = run('readiness');
    await clock.advance(30_000);
    expect(seen).to.deep.equal(['true']);
    stop();
  });

  it('may be stopped by what it reports to', async () => {
    passes = true;
    const stop: () => void = run('startup', () => stop());
    await clock.advance(30_000);
    expect(attempts).to.deep.equal([2]);
  });
});
