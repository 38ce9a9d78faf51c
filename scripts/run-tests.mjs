// Runs one suite of tests with mocha: the default one, or `--suite conformance|e2e`. `--built` runs the compiled tests,
// which is what coverage measures. Further arguments go to mocha (for example `--grep optimizer`, or file names).
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** For a test that names no deadline of its own: far beyond what it takes, as the machine may have other things to do. */
const timeoutMs = 60_000;
const suites = {
  // The embedded side of the conformance suite belongs to the default suite; both sides run on their own command.
  default: { files: ['{services,shared}/**/*.test'], exclude: ['services/*/test/e2e/**'], target: 'embedded' },
  conformance: {
    files: ['services/local-cluster/test/conformance/**/*.test', 'services/local-cluster/kubelet/test/kubelet.test'],
    exclude: [],
    target: 'both',
  },
  e2e: { files: ['services/*/test/e2e/**/*.test'], exclude: [], target: 'both' },
};

const args = process.argv.slice(2);
const built = take('--built');
const suiteName = takeValue('--suite') ?? 'default';
const suite = suites[suiteName];
if (suite === undefined) {
  console.error(`--suite ${suiteName}: must be one of ${Object.keys(suites).join(', ')}`);
  process.exit(2);
}

const prefix = built ? 'dist/' : '';
const extension = built ? '.js' : '.ts';
const namedFiles = args.filter((arg) => /\.test\.[jt]s$/.test(arg));
const passedOn = args.filter((arg) => !namedFiles.includes(arg));
const result = spawnSync(
  process.execPath,
  [
    '--enable-source-maps',
    ...(built ? [] : ['--conditions=source', '--import', pathToFileURL(require.resolve('tsx')).href]),
    join(root, 'node_modules', 'mocha', 'bin', 'mocha.js'),
    '--config',
    '.config/mocharc.json',
    '--reporter',
    'scripts/mocha-reporter.cjs',
    '--timeout',
    String(timeoutMs),
    ...suite.exclude.flatMap((pattern) => ['--ignore', prefix + pattern]),
    ...passedOn,
    ...(namedFiles.length > 0 ? namedFiles : suite.files.map((pattern) => prefix + pattern + extension)),
  ],
  { cwd: root, stdio: 'inherit', env: { INFERNO_CONFORMANCE_TARGET: suite.target, ...process.env } },
);
process.exit(result.status ?? 1);

function take(flag) {
  const index = args.indexOf(flag);
  if (index >= 0) args.splice(index, 1);
  return index >= 0;
}

function takeValue(flag) {
  const index = args.indexOf(flag);
  return index >= 0 ? args.splice(index, 2)[1] : undefined;
}
