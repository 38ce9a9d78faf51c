import { pathToFileURL } from 'node:url';
import { type FleetFigures, measureFleet } from './measure-fleet.js';

const sizes = [20, 200] as const;
const PODS_EACH = 10;

/** A cycle of the loop on the embedded cluster, at two sizes of fleet: time by stage, and memory by service, and how both grow. */
export async function run(print: (line: string) => void): Promise<void> {
  print(
    `One cycle of the loop as processes on the embedded cluster, ${PODS_EACH} pods per Deployment (ms; medians of 5 idle cycles)`,
  );
  const [small, large] = [await measureFleet(sizes[0], PODS_EACH), await measureFleet(sizes[1], PODS_EACH)];
  const heads = [small, large].map((figures) => `${figures.deployments} Deployments`);
  const line = (title: string, of: (figures: FleetFigures) => number): void => {
    const [a, b] = [of(small), of(large)];
    print(
      `  ${title.padEnd(34)}${a.toFixed(1).padStart(16)}${b.toFixed(1).padStart(18)}${`${(b / a).toFixed(1)} ×`.padStart(10)}`,
    );
  };
  print(`  ${''.padEnd(34)}${heads[0]?.padStart(16)}${heads[1]?.padStart(18)}${'growth'.padStart(10)}`);
  line('all pods ready after, s', (figures) => figures.readySec);
  line('collect', (figures) => figures.idleMs.collect);
  line('decide: guard', (figures) => figures.idleMs.guard);
  line('decide: optimize', (figures) => figures.idleMs.optimize);
  line('nothing to actuate: whole cycle', (figures) => figures.idleMs.total);
  line('every Deployment patched: actuate', (figures) => figures.busyMs.actuate);
  line('every Deployment patched: cycle', (figures) => figures.busyMs.total);
  for (const service of ['local-cluster', 'collector', 'optimizer', 'actuator', 'controller'] as const) {
    line(`resident MiB, ${service}`, (figures) => figures.residentMiB[service]);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await run((text) => console.log(text));
