import { expect } from 'chai';
import { optionValue } from './command-line.js';

describe('optionValue', () => {
  const cases: [string, { command?: string[]; args?: string[] }, string | undefined][] = [
    ['after a space', { args: ['--max-num-seqs', '64'] }, '64'],
    ['after an equals sign', { args: ['--max-num-seqs=64'] }, '64'],
    ['with underscores', { args: ['--max_num_seqs', '64'] }, '64'],
    ['in the command', { command: ['vllm', 'serve', '--max-num-seqs', '64'], args: ['--port', '8000'] }, '64'],
    ['twice: the last', { args: ['--max-num-seqs', '64', '--max-num-seqs=32'] }, '32'],
    ['not given', { args: ['--max-num-batched-tokens', '64'] }, undefined],
    ['without a value', { args: ['--max-num-seqs'] }, undefined],
    ['no arguments at all', {}, undefined],
  ];
  for (const [name, container, expected] of cases) {
    it(name, () => {
      expect(optionValue(container, 'max-num-seqs')).to.equal(expected);
    });
  }
});
