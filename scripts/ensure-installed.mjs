// Sets up a fresh clone: installs the locked packages and builds when, and only when, something changed.
// Runs before every npm command of this project, so it uses nothing but Node itself.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const cacheDir = join(root, 'node_modules', '.cache', 'inferno');
const minimum = [20, 19];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < minimum[0] || (major === minimum[0] && minor < minimum[1])) {
  fail(`Node ${minimum.join('.')} or newer is needed; this is ${process.versions.node}.`);
}

install();
if (process.argv.includes('--build')) build();

function install() {
  const stamp = sha256(readFileSync(join(root, 'package-lock.json')));
  if (readStamp('installed') === stamp && existsSync(join(root, 'node_modules', '.bin', 'tsc'))) return;
  if (!isInstalledByHand()) {
    console.error('Installing packages (npm ci) ...');
    run('npm', ['ci', '--no-audit', '--no-fund']);
  }
  writeStamp('installed', stamp);
}

/** Whether npm has noted the locked version of everything that is not optional: somebody ran `npm ci`. */
function isInstalledByHand() {
  const noted = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(noted) || !existsSync(join(root, 'node_modules', '.bin', 'tsc'))) return false;
  const { packages: installed } = JSON.parse(readFileSync(noted, 'utf8'));
  const { packages: locked } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(locked).every(([path, { version, optional }]) => {
    return path === '' || optional === true || installed[path]?.version === version;
  });
}

function build() {
  const stamp = sourceStamp();
  if (isBuilt(stamp)) return;
  withLock('build', () => {
    if (isBuilt(stamp)) return;
    console.error('Building (tsc) ...');
    removeOrphans(join(root, 'dist'));
    if (!existsSync(join(root, 'dist'))) rmSync(join(root, 'node_modules', '.cache', 'tsc'), { recursive: true, force: true });
    run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']);
    writeStamp('built', stamp);
  });
}

function isBuilt(stamp) {
  return readStamp('built') === stamp && existsSync(join(root, 'dist'));
}

/** Path, size and mtime of every input of the build: cheap, and changes whenever the output could. */
function sourceStamp() {
  const hash = createHash('sha256');
  for (const name of ['package-lock.json', 'tsconfig.json']) hash.update(readFileSync(join(root, name)));
  for (const dir of ['services', 'shared']) {
    for (const file of walk(join(root, dir)).sort()) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${relative(root, file)} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

/** Output of a source file that was deleted would otherwise still be found and run. */
function removeOrphans(dist) {
  if (!existsSync(dist)) return;
  for (const file of walk(dist)) {
    const source = join(root, relative(dist, file).replace(/\.js(\.map)?$/, '.ts'));
    if (!existsSync(source)) rmSync(file);
  }
}

function walk(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function withLock(name, action) {
  const lock = join(cacheDir, `${name}.lock`);
  mkdirSync(cacheDir, { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!isAlive(Number(readOrEmpty(lock)))) rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    action();
  } finally {
    rmSync(lock, { force: true });
  }
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function run(command, args) {
  // What the command itself prints may be piped on: nothing of this belongs in it.
  const result = spawnSync(command, args, { cwd: root, stdio: ['inherit', process.stderr, process.stderr] });
  if (result.status !== 0)
    fail(`${command} ${args.join(' ')} failed (exit ${result.status ?? result.signal}).`, result.status ?? 1);
}

function readStamp(name) {
  return readOrEmpty(join(cacheDir, `${name}.stamp`));
}

function writeStamp(name, value) {
  mkdirSync(cacheDir, { recursive: true });
  writeFileSync(join(cacheDir, `${name}.stamp`), value);
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

function fail(message, status = 1) {
  console.error(message);
  process.exit(status || 1);
}
