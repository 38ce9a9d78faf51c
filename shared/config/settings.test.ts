import { expect } from 'chai';
import { ContractError } from '#shared/contracts/contract-error.js';
import {
  booleanSetting,
  choiceSetting,
  integerSetting,
  numberSetting,
  portSetting,
  readSettings,
} from '#shared/config/settings.js';
import { watchNamespaceSetting } from '#shared/config/common-settings.js';

const settings = {
  periodSec: integerSetting({ variable: 'PERIOD', argument: 0, default: 60, min: 0, max: 86_400, about: 'period' }),
  alpha: numberSetting({ variable: 'ALPHA', argument: 1, default: 0.5, min: 0, max: 1, exclusive: true, about: 'alpha' }),
  port: portSetting({ variable: 'PORT', argument: '--port', default: 3320, about: 'port' }),
  fresh: booleanSetting({ variable: 'FRESH', argument: '--fresh', default: false, about: 'fresh' }),
  forced: booleanSetting({ variable: 'FORCED', argument: '-F', default: false, about: 'forced' }),
  mode: choiceSetting({ variable: 'MODE', choices: ['a', 'b'], default: 'a', about: 'mode' }),
};

function failure(env: Record<string, string>, argv: string[] = []): string {
  try {
    readSettings(settings, env, argv);
  } catch (error) {
    if (error instanceof ContractError) return error.message;
    throw error;
  }
  return '';
}

describe('readSettings', () => {
  it('takes defaults where nothing, or an empty variable, is given', () => {
    expect(readSettings(settings, { PERIOD: '' })).to.deep.equal({
      periodSec: 60,
      alpha: 0.5,
      port: 3320,
      fresh: false,
      forced: false,
      mode: 'a',
    });
  });

  it('lets arguments win over the environment', () => {
    const values = readSettings(settings, { PERIOD: '10', PORT: '1', FRESH: 'false' }, ['20', '0.25', '--port', '0', '--fresh']);
    expect(values).to.include({ periodSec: 20, alpha: 0.25, port: 0, fresh: true });
    expect(readSettings(settings, {}, ['--port=7', '--fresh=false'])).to.include({ port: 7, fresh: false });
  });

  it('takes a flag of one letter, in its own case, and no negative number for one', () => {
    expect(readSettings(settings, {}, ['20', '-F', '0.25'])).to.include({ periodSec: 20, alpha: 0.25, forced: true });
    expect(readSettings(settings, { FORCED: 'true' }, ['-F=false'])).to.include({ forced: false });
    expect(failure({}, ['-f'])).to.equal('arguments: -f: unknown; known: --port, --fresh, -F');
    expect(failure({}, ['-5'])).to.match(/^arguments: argument 1 \(PERIOD\): "-5": must be/);
  });

  it('answers a frozen object', () => {
    expect(readSettings(settings, {})).to.satisfy(Object.isFrozen);
  });

  const bad = [
    { env: { PERIOD: '1.5' }, says: 'environment: PERIOD: "1.5": must be a whole number from 0 to 86400' },
    { env: { PERIOD: '-1' }, says: 'environment: PERIOD: "-1": must be a whole number from 0 to 86400' },
    { env: { ALPHA: '1' }, says: 'environment: ALPHA: "1": must be a number between 0 and 1, both excluded' },
    { env: { ALPHA: 'NaN' }, says: 'environment: ALPHA: "NaN": must be a number between 0 and 1, both excluded' },
    { env: { MODE: 'c' }, says: 'environment: MODE: "c": must be one of a, b' },
    { env: { FRESH: 'maybe' }, says: 'environment: FRESH: "maybe": must be true or false (or yes/no, on/off, 1/0)' },
    { argv: ['ten'], says: 'arguments: argument 1 (PERIOD): "ten": must be a whole number from 0 to 86400' },
    { argv: ['10', '0.5', 'x'], says: 'arguments: "x": not expected here' },
    { argv: ['--prot', '1'], says: 'arguments: --prot: unknown; known: --port, --fresh, -F' },
    { argv: ['--port'], says: 'arguments: --port: "": must be a whole number from 0 to 65535' },
  ];
  for (const { env = {}, argv = [], says } of bad) {
    it(`refuses ${JSON.stringify({ ...env, argv })}`, () => {
      expect(failure(env, argv).split('\n')[0]).to.equal(says);
    });
  }

  it('names everything that is wrong at once', () => {
    expect(failure({ PERIOD: 'x', ALPHA: 'y' }).split('\n')).to.have.length(2);
  });

  it('takes as a namespace only what can be the name of one', () => {
    const read = (text: string) => readSettings({ space: watchNamespaceSetting }, { WATCH_NAMESPACE: text }).space;
    expect(read('')).to.equal('');
    expect(read('infer-2')).to.equal('infer-2');
    for (const wrong of ['Bad NS', 'a,b', '-a', 'a'.repeat(64)]) {
      expect(() => read(wrong), wrong).to.throw(/WATCH_NAMESPACE: .*must be name of a namespace/);
    }
  });
});
