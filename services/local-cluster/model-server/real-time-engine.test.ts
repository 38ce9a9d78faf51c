import { expect } from 'chai';
import type { Clock } from '#shared/clock/clock.js';
import { resolveOptions } from './options.js';
import { RealTimeEngine, type Watcher } from './real-time-engine.js';
import { VllmMetrics } from './vllm-metrics.js';

/** A clock that jumps, and shows the timers set on it. */
class JumpingClock implements Clock {
  nowMs = 5000;
  readonly timers = new Map<() => void, number>();

  now(): number {
    return this.nowMs;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    this.timers.set(callback, this.nowMs + delayMs);
    return () => this.timers.delete(callback);
  }

  dueInMs(): number[] {
    return [...this.timers.values()].map((dueMs) => dueMs - this.nowMs);
  }

  /** Jumps by `byMs` and fires, once, what is due by then. */
  jump(byMs: number): void {
    this.nowMs += byMs;
    for (const [callback, dueMs] of [...this.timers]) {
      if (dueMs > this.nowMs) continue;
      this.timers.delete(callback);
      callback();
    }
  }
}

class RecordingWatcher implements Watcher {
  readonly finishedReason = 'length';
  readonly streams: boolean;
  readonly seen: (number | 'end')[] = [];

  constructor(streams: boolean) {
    this.streams = streams;
  }

  tokens(count: number): void {
    if (count !== (this.seen.at(-1) ?? 0)) this.seen.push(count);
  }

  finished(): void {
    this.seen.push('end');
  }
}

describe('RealTimeEngine', () => {
  let clock: JumpingClock;
  let engine: RealTimeEngine;

  beforeEach(() => {
    clock = new JumpingClock();
    const options = resolveOptions({
      address: '127.0.0.1',
      port: 0,
      modelName: 'm',
      perfParms: { alpha: 10, beta: 0, gamma: 0 },
      maxBatch: 2,
      kvCapacityTokens: 10_000,
      startupDelayMs: 0,
      clock,
    });
    engine = new RealTimeEngine(options, new VllmMetrics(options));
  });

  it('sets no timer while idle', () => {
    expect(clock.timers.size).to.equal(0);
    engine.counters();
    expect(clock.timers.size).to.equal(0);
  });

  it('sets one timer per event for whole answers: the first token, the end', () => {
    const watcher = new RecordingWatcher(false);
    engine.submit(100, 11, watcher);
    expect(clock.dueInMs()).to.deep.equal([10]);
    clock.jump(10);
    expect(clock.dueInMs()).to.deep.equal([100]);
    clock.jump(100);
    expect(clock.dueInMs()).to.deep.equal([]);
    expect(watcher.seen).to.deep.equal(['end']);
  });

  it('sets one timer per iteration while a stream is open, and none for it afterwards', () => {
    const [stream, whole] = [new RecordingWatcher(true), new RecordingWatcher(false)];
    engine.submit(100, 3, stream);
    engine.submit(100, 20, whole);
    const dues: number[][] = [];
    for (let turn = 0; turn < 3; turn++) {
      dues.push(clock.dueInMs());
      clock.jump(10);
    }
    expect(dues).to.deep.equal([[10], [10], [10]]);
    expect(stream.seen).to.deep.equal([1, 2, 'end']);
    // The second joined after the first's prefill, and has given two of its twenty tokens.
    expect(clock.dueInMs()).to.deep.equal([180]);
  });

  it('catches up in one go when its timer is late', () => {
    const [stream, whole] = [new RecordingWatcher(true), new RecordingWatcher(false)];
    engine.submit(100, 100, stream);
    engine.submit(100, 5, whole);
    clock.jump(500);
    expect(stream.seen).to.deep.equal([50]);
    expect(whole.seen).to.deep.equal(['end']);
    clock.jump(100_000);
    expect(stream.seen).to.deep.equal([50, 'end']);
    expect(clock.timers.size).to.equal(0);
  });

  it('stands still while a clock that was set back catches up', () => {
    const watcher = new RecordingWatcher(false);
    engine.submit(100, 2, watcher);
    clock.jump(15);
    clock.jump(-1000);
    expect(engine.counters()).to.include({ running: 1, generatedTokens: 1 });
    clock.jump(1000);
    expect(engine.counters()).to.include({ running: 1, generatedTokens: 1 });
    clock.jump(5);
    expect(watcher.seen).to.deep.equal(['end']);
  });

  it('keeps up with generated load twice a minute when nobody looks', () => {
    engine.setLoad({ arrivalRatePerMin: 60, avgInTokens: 10, avgOutTokens: 10 });
    expect(clock.dueInMs()).to.deep.equal([30_000]);
    clock.jump(30_000);
    expect(clock.dueInMs()).to.deep.equal([30_000]);
    engine.setLoad(undefined);
    expect(clock.dueInMs()).to.deep.equal([]);
  });

  it('leaves no timer behind when stopped in the midst of work', () => {
    engine.setLoad({ arrivalRatePerMin: 6000, avgInTokens: 10, avgOutTokens: 100 });
    const id = engine.submit(100, 1000, new RecordingWatcher(true));
    clock.jump(1000);
    engine.stop();
    engine.abort(id);
    engine.counters();
    expect(clock.timers.size).to.equal(0);
  });
});
