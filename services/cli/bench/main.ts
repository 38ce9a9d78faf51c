import { run as runEngine } from '../../local-cluster/bench/engine.bench.js';
import { run as runOptimizer } from '../../optimizer/bench/optimizer.bench.js';
import { run as runLoop } from './loop.bench.js';

const all = { optimizer: runOptimizer, engine: runEngine, loop: runLoop } as const;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(all, name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}; known: ${Object.keys(all).join(', ')}`);
  process.exit(2);
}
for (const [name, run] of Object.entries(all)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  await run((line) => console.log(line));
  console.log('');
}
