import { readFile, writeFile } from 'node:fs/promises';
import { compare } from './compare.js';
import { lengths, pointsOf, type Point } from './grid.js';
import { replaceReport, reportOf } from './report.js';

const FILE = 'docs/latency-model.md';
const REQUESTS = 200_000;
const SEED = 17;

/** The whole grid, about five minutes on one core; writes its tables into the document. */
const points = (Object.keys(lengths) as Point['length'][]).flatMap(pointsOf);
const comparisons = points.map((point, index) => {
  if (index % 24 === 0) console.log(`${index} of ${points.length} points`);
  return compare(point, REQUESTS, SEED);
});
await writeFile(FILE, replaceReport(await readFile(FILE, 'utf8'), reportOf(comparisons, REQUESTS)));
console.log(`written: ${FILE}`);
