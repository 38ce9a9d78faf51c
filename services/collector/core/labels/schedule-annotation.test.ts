import { expect } from 'chai';
import { validate } from 'node-cron';
import { annotations } from '#shared/kube/names.js';
import { readSchedule } from './schedule-annotation.js';

describe('the schedule of a server', () => {
  const read = (text: string) => readSchedule({ annotations: { [annotations.schedule]: text } }, validate);
  const good = { start: '0 8 * * 1-5', end: '0 18 * * 1-5', timeZone: 'Europe/Berlin', minReplicas: 4 };

  it('is read from YAML and from JSON; the time zone is UTC where none is named', () => {
    expect(read(JSON.stringify([good]))).to.deep.equal({ schedule: [good], problems: [] });
    const yaml = '- start: 0 8 * * *\n  end: 0 18 * * *\n  maxReplicas: 2\n';
    const entry = { start: '0 8 * * *', end: '0 18 * * *', timeZone: 'UTC', maxReplicas: 2 };
    expect(read(yaml)).to.deep.equal({ schedule: [entry], problems: [] });
    expect(readSchedule({}, validate)).to.deep.equal({ schedule: [], problems: [] });
  });

  const bad: Record<string, [object, RegExp]> = {
    'a start that is no cron expression': [{ start: 'at nine' }, /\[1\]: start: "at nine": must be a cron expression/],
    'an end that never comes': [{ end: '0 0 31 2 *' }, /end: "0 0 31 2 \*": must be a cron expression/],
    'an unknown time zone': [{ timeZone: 'Mars/Base' }, /timeZone: "Mars\/Base": must be an IANA time zone/],
    'a negative minimum': [{ minReplicas: -1 }, /minReplicas: -1: must be >= 0/],
    'half a replica': [{ minReplicas: 1.5 }, /minReplicas: 1.5: must be a whole number/],
    'a maximum below the minimum': [{ maxReplicas: 3 }, /maxReplicas: 3: must be at least minReplicas/],
    'no bounds at all': [{ minReplicas: undefined }, /must have minReplicas or maxReplicas/],
    'no end': [{ end: undefined }, /end: absent: must be a string/],
  };
  for (const [name, [entry, says]] of Object.entries(bad)) {
    it(`refuses ${name}, and goes on with the others`, () => {
      const { schedule, problems } = read(JSON.stringify([good, { ...good, ...entry }, good]));
      expect(schedule).to.deep.equal([good, good]);
      expect(problems).to.have.length(1);
      expect(problems[0]).to.have.property('code', 'bad-annotation');
      expect(problems[0]!.reason).to.match(says).and.to.contain(annotations.schedule);
    });
  }

  it('refuses what is no list, or cannot be read', () => {
    expect(read('start: now').problems[0]!.reason).to.contain('must be a list');
    expect(read('[{').problems[0]!.reason).to.contain('is neither YAML nor JSON');
  });
});
