// Loaded before the tests: property tests draw the same cases on every run, so that a red run is about the change that is being tested and
// a green one can be had again. `INFERNO_TEST_SEED=random` draws others each time; a failure prints its seed, which can be given here too.
import { createRequire } from 'node:module';
import imported from 'fast-check';

const DEFAULT_SEED = 20_261_121;
const given = process.env.INFERNO_TEST_SEED ?? '';

if (given !== 'random') {
  const seed = given === '' ? DEFAULT_SEED : Number(given);
  if (!Number.isInteger(seed)) throw new Error(`INFERNO_TEST_SEED "${given}": must be a whole number or random`);
  // There are two of it, each with a configuration of its own: one for tests that are imported, one for those that are required.
  for (const fc of [imported, createRequire(import.meta.url)('fast-check')])
    fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}
