import { expect } from 'chai';
import { mapBounded } from '#shared/async/map-bounded.js';

describe('mapBounded', () => {
  it('answers in the order of the items, whoever is done first, and keeps the bound', async () => {
    let active = 0;
    let most = 0;
    const answers = await mapBounded([5, 1, 4, 2, 3], 2, async (turns) => {
      most = Math.max(most, ++active);
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      active--;
      return turns * 10;
    });
    expect(answers).to.deep.equal([50, 10, 40, 20, 30]);
    expect(most).to.equal(2);
  });

  it('has nothing to do without items', async () => {
    expect(await mapBounded([], 4, () => Promise.reject(new Error('called')))).to.deep.equal([]);
  });

  it('rejects when a task does', async () => {
    const failed = mapBounded([1, 2], 1, (item) => Promise.reject(new Error(`task ${item}`)));
    expect(await failed.catch(String)).to.equal('Error: task 1');
  });
});
