// Builds the programs of the real control plane with Go, from the module versions that go.mod and go.sum pin.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { builtFolder, builtTools, cacheRoot, kubernetesVersion } from './find-kube-tools.mjs';

const moduleFolder = dirname(fileURLToPath(import.meta.url));
const environment = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' };

/**
 * Builds the named tools into the user's cache folder. They are built under another name and renamed when whole, so an
 * interrupted build leaves nothing that looks finished. Throws with the compiler's last lines when Go is missing or fails.
 */
export async function buildKubeTools(names, report) {
  const go = findGo();
  if (go === undefined) {
    throw new Error('Go 1.24 or newer is needed to build the real control plane (https://go.dev/dl, or apt-get install golang).');
  }
  const packages = names.map((name) => `k8s.io/kubernetes/cmd/${builtTools[name]}`);
  mkdirSync(cacheRoot, { recursive: true });
  const unfinished = mkdtempSync(join(cacheRoot, '.building-'));
  try {
    report(`Building ${names.map((name) => builtTools[name]).join(', ')} ${kubernetesVersion} (once; some minutes) ...`);
    report('  fetching modules ...');
    const total = countPackages(go, packages);
    await compile(go, unfinished, packages, progress(total, report));
    mkdirSync(builtFolder, { recursive: true });
    for (const program of readdirSync(unfinished)) renameSync(join(unfinished, program), join(builtFolder, program));
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function findGo() {
  const inPath = spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0;
  return inPath ? 'go' : ['/usr/local/go/bin/go', '/usr/lib/go/bin/go'].find((path) => existsSync(path));
}

function countPackages(go, packages) {
  const listed = spawnSync(go, ['list', '-deps', ...packages], {
    cwd: moduleFolder,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 1 << 24,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (listed.status !== 0) throw new Error(`go list failed (exit ${listed.status ?? listed.signal}); see above.`);
  return listed.stdout.trim().split('\n').length;
}

/** `go build -v` prints the name of each package as it compiles it; what its own cache already holds it skips silently. */
async function compile(go, target, packages, onPackage) {
  const flags = `-s -w -X k8s.io/component-base/version.gitVersion=${kubernetesVersion}`;
  const args = ['build', '-v', '-trimpath', '-ldflags', flags, '-o', `${target}/`, ...packages];
  const child = spawn(go, args, { cwd: moduleFolder, env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  const lastLines = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line);
    if (lastLines.length > 20) lastLines.shift();
    onPackage();
  });
  const [code, signal] = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...result) => resolve(result));
  });
  if (code !== 0) throw new Error(`go build failed (exit ${code ?? signal}):\n${lastLines.join('\n')}`);
}

function progress(total, report) {
  const start = Date.now();
  let compiled = 0;
  let reportedPercent = 0;
  return () => {
    compiled += 1;
    const percent = Math.floor((100 * compiled) / total);
    if (percent < reportedPercent + 5) return;
    reportedPercent = percent;
    report(`  ${String(percent).padStart(3)} %  ${compiled} of ${total} packages, ${Math.round((Date.now() - start) / 1000)} s`);
  };
}
