import { expect } from 'chai';
import { ManualClock } from '#shared/clock/manual-clock.js';
import { ContainerLog, type LogLine } from './container-log.js';

describe('ContainerLog', () => {
  it('keeps lines with their times', async () => {
    const clock = new ManualClock(1_000);
    const log = new ContainerLog(clock);
    log.write('one');
    await clock.advance(5);
    log.write('two\nthree');
    expect(log.lines).to.deep.equal([
      { atMs: 1_000, text: 'one' },
      { atMs: 1_005, text: 'two' },
      { atMs: 1_005, text: 'three' },
    ]);
  });

  it('drops the oldest lines beyond its bounds, in number and in size', () => {
    const many = new ContainerLog(new ManualClock());
    for (let index = 0; index < 10_000; index++) many.write(String(index));
    expect(many.lines.length).to.be.within(1_000, 2_000);
    expect(many.lines.at(-1)?.text).to.equal('9999');
    const large = new ContainerLog(new ManualClock());
    for (let index = 0; index < 100; index++) large.write('x'.repeat(10_000));
    expect(large.lines.length).to.be.within(10, 27);
  });

  it('tells followers every line from then on, and the end', () => {
    const log = new ContainerLog(new ManualClock());
    const seen: string[] = [];
    log.write('before');
    log.follow(
      ({ text }: LogLine) => seen.push(text),
      () => seen.push('END'),
    );
    const unfollow = log.follow(
      () => seen.push('other'),
      () => seen.push('other end'),
    );
    unfollow();
    log.write('after');
    log.end();
    log.write('too late');
    expect(seen).to.deep.equal(['after', 'END']);
    log.follow(
      () => undefined,
      () => seen.push('ended already'),
    );
    expect(seen.at(-1)).to.equal('ended already');
  });
});
