import { expect } from 'chai';
import { completed, demonstration } from './demonstration.js';

describe('completed', () => {
  it('lets what is set win, and takes an empty variable for none', () => {
    const env = { INFERNO_CONTROL_DYNAMIC: 'false', INFERNO_CONTROL_PERIOD: '', PATH: '/bin' };
    expect(completed(env, demonstration('/d'))).to.include({
      INFERNO_CONTROL_DYNAMIC: 'false',
      INFERNO_CONTROL_PERIOD: '10',
      INFERNO_CYCLE_LOG: '/d/cycles.jsonl',
      PATH: '/bin',
    });
  });
});
